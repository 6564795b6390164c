"""``python -m sandbox.stripe --port 8160 --webhook http://…/payments/stripe/webhook``: a server of its own."""

from __future__ import annotations

import argparse

from sandbox.kit.wsgi import serve
from sandbox.stripe.app import create_app
from sandbox.stripe.terms import Endpoint


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8160)
    parser.add_argument("--key", default="sk_test_practice", help="the secret key that is accepted")
    parser.add_argument("--webhook", default="", help="where events are sent")
    parser.add_argument("--webhook-secret", default="whsec_practice")
    parser.add_argument("--store", default=":memory:", help="an SQLite file; the default forgets everything")
    parser.add_argument("--settle-seconds", type=float, default=20.0, help="how long a delayed method takes")
    options = parser.parse_args()
    endpoints = [Endpoint(options.webhook, (options.webhook_secret,))] if options.webhook else []
    server = serve(
        lambda url: create_app(
            keys=[options.key],
            public_url=url,
            endpoints=endpoints,
            path=options.store,
            settle_seconds=options.settle_seconds,
            timers=True,
        ),
        options.host,
        options.port,
    )
    print(f"stripe stand-in on http://{options.host}:{server.server_port}")
    server.serve_forever()


if __name__ == "__main__":
    main()
