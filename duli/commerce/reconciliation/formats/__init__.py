"""The files that banks hand out, each read into the same entries."""

from __future__ import annotations

from duli.commerce.reconciliation.formats import camt, mt940_file, ofx, table
from duli.commerce.reconciliation.formats.entries import Defaults, Entry, UnreadableStatement

CSV = "csv"


def format_of(content: bytes) -> str:
    """Return which kind of file this is, by its content: "camt", "ofx", "mt940" or "csv"."""
    head = content[:4000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"OFXHEADER" in head or b"<OFX>" in head.upper():
        return "ofx"
    if head.startswith(b"<"):
        return "camt"
    if b":20:" in head and b":25:" in head and (b":60F:" in content or b":60M:" in content):
        return "mt940"
    return CSV


def entries_of(kind: str, content: bytes, defaults: Defaults) -> list[Entry]:
    """Read a file that says itself what its parts mean. UnreadableStatement."""
    reader = {"camt": camt.read, "ofx": ofx.read, "mt940": mt940_file.read}[kind]
    return reader(content, defaults)


__all__ = ["CSV", "Defaults", "Entry", "UnreadableStatement", "entries_of", "format_of", "table"]
