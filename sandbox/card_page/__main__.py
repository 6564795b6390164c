"""``python -m sandbox.card_page --port 8122 --secret KEY``: the card page as a server of its own."""

from __future__ import annotations

import argparse

from sandbox.card_page.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.card_page", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8122)
    parser.add_argument("--merchant", default="duli")
    parser.add_argument("--secret", required=True, help="the key shared with the shop")
    parser.add_argument("--store", default=":memory:", help="an SQLite file; the default forgets everything")
    parser.add_argument("--late-seconds", type=float, default=20.0, help="how long the slow test card takes")
    options = parser.parse_args()
    server = serve(
        options.host,
        options.port,
        secrets={options.merchant: options.secret},
        path=options.store,
        late_seconds=options.late_seconds,
    )
    print(f"card page on http://{options.host}:{server.server_port}")
    server.serve_forever()


if __name__ == "__main__":
    main()
