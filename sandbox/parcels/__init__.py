"""Carriers to practise with: 快递100, 17TRACK, AfterShip and EasyPost, and parcels that travel by script.

`create_app` returns a WSGI application (standard library only). Under ``/kuaidi100``, ``/17track``, ``/aftership`` and
``/easypost`` it speaks their protocols with their signatures, both ways; ``/`` is a page on which each parcel is moved
on by hand, ``/admin/advance`` the same for programs. ``python -m sandbox.parcels --port 8123`` serves it on its own.
"""

from sandbox.parcels.app import create_app

__all__ = ["create_app"]
