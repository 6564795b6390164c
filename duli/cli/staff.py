"""`duli staff create` and `duli staff link`: the first key to the back office."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from duli.cli.language import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|link")
    create = verbs.add_parser("create", help=_("make an account for a member of staff"))
    create.add_argument("--email", required=True)
    create.add_argument("--name", default="")
    create.add_argument("--role", default="owner", help=_("what they may do (default: everything)"))
    create.add_argument(
        "--password-env",
        metavar="NAME",
        default="",
        help=_("environment variable with the password, instead of asking"),
    )
    verbs.add_parser("link", help=_("show the link with which the first owner begins"))


def run(arguments: argparse.Namespace) -> int:
    from duli.cli import setup
    from duli.cli.migrate import migrate_if_needed

    setup()
    migrate_if_needed()
    from duli.base.errors import DuliError, sentence
    from duli.platform.accounts.services import create_staff, is_ownerless, setup_link

    if arguments.verb == "link":
        if not is_ownerless():
            print(_("Somebody works here already; they can invite others."), file=sys.stderr)
            return 1
        print(setup_link())
        return 0
    password = os.environ.get(arguments.password_env, "") if arguments.password_env else _ask()
    if not password:
        print(_("Without a password there is no account."), file=sys.stderr)
        return 2
    try:
        user = create_staff(
            email=arguments.email, name=arguments.name, role=arguments.role, password=password, actor="system"
        )
    except DuliError as error:
        print(sentence(error), file=sys.stderr)
        return 1
    print(_("%(email)s can sign in at /admin/ now.") % {"email": user.email})
    return 0


def _ask() -> str:
    """Ask twice, unseen; an empty string if the two differ."""
    first = getpass.getpass(_("Password: "))
    if getpass.getpass(_("The same again: ")) == first:
        return first
    print(_("These are not the same."), file=sys.stderr)
    return ""
