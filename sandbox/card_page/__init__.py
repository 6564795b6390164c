"""A hosted card page to practise on: it speaks a real protocol with real signatures and moves no money.

`create_app` returns a WSGI application (standard library only): signed JSON under ``/v1/``, the page that the
shopper sees under ``/pay/<session>``, signed webhooks to the merchant, repeated until they are accepted.
``python -m sandbox.card_page --port 8122 --secret KEY`` serves it on its own.
"""

from sandbox.card_page.app import create_app

__all__ = ["create_app"]
