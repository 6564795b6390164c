"""``python -m sandbox.parcels --port 8123 --shop http://127.0.0.1:8000``: the practice carriers on their own."""

from __future__ import annotations

import argparse

from sandbox.parcels.server import serve
from sandbox.parcels.world import World


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.parcels", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--shop", required=True, help="where the shop is: messages go there")
    parser.add_argument("--store", default=":memory:", help="an SQLite file; the default forgets everything")
    options = parser.parse_args()
    pushes = {name: f"{options.shop}/hooks/parcels/{name}" for name in ("17track", "aftership", "easypost")}
    server = serve(options.host, options.port, world=World(options.store), pushes=pushes)
    print(f"practice carriers on http://{options.host}:{server.server_port}")
    server.serve_forever()


if __name__ == "__main__":
    main()
