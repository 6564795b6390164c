"""`duli secrets new`, `check` and `reseal`: exchanging the shop's secret key while it goes on selling.

Exit code 0 if everything stored is under the key of today, 1 if something is not yet or cannot be read any more.
"""

from __future__ import annotations

import argparse
import secrets as random
import sys

from duli.cli.language import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="new|check|reseal")
    verbs.add_parser("new", help=_("print a new secret key; nothing is changed"))
    verbs.add_parser("check", help=_("say what is not sealed under the secret key of today"))
    verbs.add_parser("reseal", help=_("seal every stored secret anew under the secret key of today"))


def run(arguments: argparse.Namespace) -> int:
    if arguments.verb == "new":
        print(random.token_urlsafe(50))
        return 0
    from duli.cli import setup
    from duli.cli.migrate import migrate_if_needed

    setup()
    migrate_if_needed()
    from duli.platform.store.resealing import reseal_all

    only_look = arguments.verb == "check"
    found = reseal_all(actor="system", only_look=only_look)
    for name in found.unreadable:
        print(_("None of the keys opens %(name)s: enter its secrets again.") % {"name": name}, file=sys.stderr)
    if only_look:
        print(_("Under the secret key of today: %(count)s") % {"count": found.current})
        print(_("Still under a former key: %(count)s") % {"count": found.resealed})
    else:
        print(_("Sealed anew: %(count)s") % {"count": found.resealed})
    return 1 if found.unreadable or (only_look and found.resealed) else 0
