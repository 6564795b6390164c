"""Phones to practise with: the interfaces of Alibaba Cloud SMS, Tencent Cloud SMS and Twilio, and what arrived.

`create_app` returns a WSGI application (standard library only). It recomputes the signature of every call, keeps
templates with their approval, and reports what became of each message as the real service would. ``/`` is a page of
phones on which one can answer.

The end of a number decides what happens: 0001 cannot receive, 0002 is switched off, 0003 the service takes the message
and its answer is lost, 0004 too often, 0005 nothing is ever reported, 0007 the answer is lost and nothing was taken;
any other: delivered.
"""

from sandbox.phones.app import Account, Phones, create_app

__all__ = ["Account", "Phones", "create_app"]
