"""``python -m sandbox.vat --port 8149``: the registers of VAT ids as a server of their own."""

from __future__ import annotations

import argparse
from wsgiref.simple_server import make_server

from sandbox.vat.app import create_app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.vat", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8149)
    options = parser.parse_args()
    print(f"VIES on http://{options.host}:{options.port}")
    make_server(options.host, options.port, create_app()).serve_forever()


if __name__ == "__main__":
    main()
