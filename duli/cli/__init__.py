"""The command `duli`: serve, worker, migrate, doctor, import, export, staff, secrets, demo.

Thin: a subcommand is a module here with `add_arguments(parser)` and `run(arguments) -> exit code`. Nothing heavy is
imported before the subcommand is known, so that `duli --help` and the start of the server stay quick.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from config.environment import BadSetting
from duli.cli.language import _, choose, chosen, explained

# Subcommand → module. The one-line descriptions are in `_descriptions`, to be read in the reader's language.
COMMANDS = {
    "serve": "duli.cli.serve",
    "worker": "duli.cli.worker",
    "migrate": "duli.cli.migrate",
    "doctor": "duli.cli.doctor",
    "import": "duli.cli.import_file",
    "export": "duli.cli.export",
    "staff": "duli.cli.staff",
    "secrets": "duli.cli.secrets",
    "demo": "duli.cli.demo",
}


def _descriptions() -> dict[str, str]:
    return {
        "serve": _("Open the shop: pages, jobs and schedule in one process"),
        "worker": _("Work on jobs and the schedule, beside the web processes"),
        "migrate": _("Bring the database up to date"),
        "doctor": _("Say what is configured, reachable, missing or dangerous"),
        "import": _("Import products from a Shopify, WooCommerce or PrestaShop file"),
        "export": _("Write the products to a file"),
        "staff": _("Give somebody access to the back office"),
        "secrets": _("Exchange the secret key under which passwords of providers are sealed"),
        "demo": _("Open a shop that is stocked with products and orders"),
    }


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="duli", description=_("Duli, an independent online store"))
    parser.add_argument("--language", choices=["zh-hans", "en"], help=_("language of what is printed here"))
    commands = parser.add_subparsers(dest="command", metavar=_("COMMAND"), required=True)
    for command, description in _descriptions().items():
        subparser = commands.add_parser(command, help=description, description=description)
        if command == name:
            import_module(COMMANDS[command]).add_arguments(subparser)
    return parser


def _asked_for(argv: Sequence[str]) -> tuple[str, str]:
    """Return the language and the subcommand of `argv`, before its options can be parsed."""
    language, words = "", list(argv)
    while words:
        word = words.pop(0)
        if word == "--language" and words:
            language = words.pop(0)
        elif word.startswith("--language="):
            language = word.partition("=")[2]
        elif not word.startswith("-"):
            return language, word
    return language, ""


def setup() -> None:
    """Make Django ready for a subcommand that needs the shop."""
    from duli.cli.prepare import compile_messages

    compile_messages()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.utils import translation

    django.setup()
    translation.activate(chosen())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; return its exit code (2 for a mistake in the command line)."""
    argv = sys.argv[1:] if argv is None else argv
    language, command = _asked_for(argv)
    choose(language)
    arguments = _parser(command).parse_args(argv)
    try:
        return int(import_module(COMMANDS[arguments.command]).run(arguments))
    except BadSetting as error:
        print(f"duli: {explained(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
