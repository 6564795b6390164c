"""``python -m sandbox.object_store --port 8123 --key KEY --secret SECRET``: the store as a server of its own."""

from __future__ import annotations

import argparse

from sandbox.object_store.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.object_store", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--bucket", default="duli")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--key", required=True)
    parser.add_argument("--secret", required=True)
    options = parser.parse_args()
    server = serve(
        options.host, options.port, bucket=options.bucket, keys={options.key: options.secret}, region=options.region
    )
    print(f"object store on http://{options.host}:{server.server_port}/{options.bucket}")
    server.serve_forever()


if __name__ == "__main__":
    main()
