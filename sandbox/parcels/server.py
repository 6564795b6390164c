"""A small threaded server of the standard library around the application."""

from __future__ import annotations

from sandbox.kit import wsgi as kit
from sandbox.parcels.app import Parcels
from sandbox.parcels.world import World


class Server(kit.Server):
    parcels: Parcels


def serve(host: str, port: int, *, world: World, pushes: dict[str, str]) -> Server:
    """Bind (port 0 takes any free one) and return the server; `parcels` is its application."""
    server = Server((host, port), kit.QuietHandler)
    server.parcels = Parcels(world, pushes)
    server.set_app(server.parcels)
    return server
