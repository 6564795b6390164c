"""`duli worker`: jobs and schedule in a process of their own."""

from __future__ import annotations

import argparse
import signal
import threading

from duli.cli.language import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help=_("do what is waiting now, then stop"))


def run(arguments: argparse.Namespace) -> int:
    from duli.cli import setup
    from duli.cli.migrate import migrate_if_needed

    setup()
    migrate_if_needed()
    from duli.platform.jobs import worker

    if arguments.once:
        print(_("Jobs done: %(count)s") % {"count": worker.drain()})
        return 0
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_arguments: stop.set())
    print(_("The worker is at work. Stop it with Ctrl-C; a job that runs is finished first."), flush=True)
    worker.run(stop)
    return 0
