"""A small threaded server of the standard library around the application."""

from __future__ import annotations

from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from sandbox.card_page.app import CardPage
from sandbox.card_page.store import Store


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    page: CardPage


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: sessions are named in the addresses."""


def serve(
    host: str,
    port: int,
    *,
    secrets: dict[str, str],
    path: str = ":memory:",
    late_seconds: float = 20.0,
    store: Store | None = None,
) -> Server:
    """Bind (port 0 takes any free one) and return the server; `page` is its application."""
    server = Server((host, port), _QuietHandler)
    server.page = CardPage(store or Store(path), secrets, f"http://{host}:{server.server_port}", late_seconds)
    server.set_app(server.page)
    return server
