"""A small threaded server of the standard library around the application."""

from __future__ import annotations

from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from sandbox.parcels.app import Parcels
from sandbox.parcels.world import World


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    parcels: Parcels


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def serve(host: str, port: int, *, world: World, pushes: dict[str, str]) -> Server:
    """Bind (port 0 takes any free one) and return the server; `parcels` is its application."""
    server = Server((host, port), _QuietHandler)
    server.parcels = Parcels(world, pushes)
    server.set_app(server.parcels)
    return server
