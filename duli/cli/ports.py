"""Whether this machine lets us listen where the shop is to be opened."""

from __future__ import annotations

import errno
import socket

from duli.cli.language import _


def problem_with(host: str, port: int) -> str:
    """Return why nothing can listen there, in one sentence that says what to do; nothing if it can.

    The server itself does not notice: it shares its port with others that let theirs be shared, another shop for one,
    and each gets half of the visitors.
    """
    if not 0 < port < 2**16:
        return _("There is no port %(port)s: choose one from 1 to 65535.") % {"port": port}
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _name, address = found[0]
        with socket.socket(family, kind, protocol) as attempt:
            # What has just been closed is no hindrance; what listens is.
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            words = _("Port %(port)s is taken, perhaps by another shop. Stop it, or choose another: --port %(other)s")
        elif error.errno == errno.EACCES:
            words = _("Port %(port)s is for the machine's administrator. Choose one above 1023, such as --port 8000")
        else:
            words = _("%(host)s is no address of this machine. Leave --host out, or give one of its own.")
        return words % {"host": host, "port": port, "other": port + 1}
    return ""
