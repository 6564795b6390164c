"""Antom (Alipay+) to practise on: its signed interface, the shopper's page, signed messages, and no money."""

from sandbox.antom.app import Antom, Keys, new_pair

__all__ = ["Antom", "Keys", "new_pair"]
