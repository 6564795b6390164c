"""PayPal to practise on: Orders v2, captures, refunds, disputes, and messages signed with a certificate of its own CA.

It speaks the interface of api-m.paypal.com and has an approve page, and moves no money. `create_app` returns a WSGI
application.
"""

from sandbox.paypal.app import create_app

__all__ = ["create_app"]
