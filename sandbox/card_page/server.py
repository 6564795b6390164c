"""A small threaded server of the standard library around the application."""

from __future__ import annotations

from sandbox.card_page.app import CardPage
from sandbox.card_page.store import Store
from sandbox.kit import wsgi as kit


class Server(kit.Server):
    page: CardPage


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
    server = Server((host, port), kit.QuietHandler)
    server.page = CardPage(store or Store(path), secrets, f"http://{host}:{server.server_port}", late_seconds)
    server.set_app(server.page)
    return server
