"""A practice Nuonuo (诺诺): takes signed requests for fapiao, takes its time, and issues them or refuses."""

from sandbox.fapiao.app import Account, Nuonuo, create_app

__all__ = ["Account", "Nuonuo", "create_app"]
