"""`duli serve`: the whole shop from one command.

granian keeps a small supervisor and one worker process (or more, on PostgreSQL). A worker loads the shop, brings the
database up to date, answers pages from a pool of threads through Django's WSGI handler, and works on jobs and the
schedule in one more thread. With one worker the supervisor never loads Django, so that the shop's memory is paid once;
with several it loads the shop before they are forked, and they share what they do not change.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from duli.cli.language import _, chosen
from duli.cli.ports import problem_with

# A streamed answer that nobody reads would hold the shutdown for ever.
KILL_SECONDS = 5
# How long a stopping worker waits for the job at hand. A job that is cut off is taken up again.
JOB_SECONDS = 3
# When a back office that nobody has asked for yet is loaded: not beside the first pages, and before the merchant comes.
DESK_SECONDS = 4
# Beside the threads that answer pages: in these a crowd waits for its turn (see duli.base.lanes). Waiting takes nothing
# but the thread, and granian ends those that have had nothing to do for a while.
CROWD_THREADS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on (default: this machine only)"))
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help=_("web processes; more than one is for PostgreSQL"))
    parser.add_argument("--threads", type=int, default=0, help=_("pages rendered at the same time, per process"))
    parser.add_argument("--no-jobs", action="store_true", help=_("leave jobs and schedule to `duli worker`"))
    parser.add_argument(
        "--proxy", default="", metavar="ADDRESSES", help=_("believe X-Forwarded-For and -Proto of these proxies")
    )


def run(arguments: argparse.Namespace) -> int:
    if problem := problem_with(arguments.host, arguments.port):
        print(problem, file=sys.stderr)
        return 1
    # The shop's own address appears in mails, feeds and on the way back from a payment.
    os.environ.setdefault("DULI_PUBLIC_URL", f"http://{_host_for_people(arguments.host)}:{arguments.port}")
    from config.environment import note_served_at, read_environment

    environment = read_environment()
    note_served_at(environment.data_dir, environment.public_url)
    return serve(
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        threads=arguments.threads,
        jobs=not arguments.no_jobs,
        proxies=arguments.proxy,
    )


def _host_for_people(host: str) -> str:
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def serve(*, host: str, port: int, workers: int = 1, threads: int = 0, jobs: bool = True, proxies: str = "") -> int:
    """Serve until told to stop; return the exit code. `threads` 0 means DULI_WORKER_THREADS.

    A process that has worked with the shop before is replaced by a fresh one: a supervisor must neither carry what
    that left in memory nor hand its database connections down to the workers.
    """
    if "django" in sys.modules:
        options = ["--host", host, "--port", str(port), "--workers", str(workers), "--threads", str(threads)]
        options += [] if jobs else ["--no-jobs"]
        options += ["--proxy", proxies] if proxies else []
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "duli.cli", "--language", chosen(), "serve", *options])  # noqa: S606
    import multiprocessing

    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from config.environment import read_environment

    environment = read_environment()
    if workers > 1 and not environment.database_url.startswith("postgres"):
        print(_("On SQLite, writers of different processes wait for each other by luck; PostgreSQL is made for this."))
    announce = multiprocessing.Lock()
    where = f"http://{_host_for_people(host)}:{port}"
    threads = threads or environment.worker_threads
    server = Server(
        "duli",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads + CROWD_THREADS,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=KILL_SECONDS,
        respawn_failed_workers=True,
        process_name=None,
    )
    if workers > 1 and multiprocessing.get_start_method() == "fork":
        # Loaded once and shared: with two workers half the time to start, and less memory with each more.
        prepare(whole=True)
    loader = partial(load, where=where, threads=threads, jobs=jobs, announce=announce, proxies=proxies)
    server.serve(target_loader=loader, wrap_loader=False)
    return 0


_application: Callable[..., Any] | None = None


def prepare(*, whole: bool = False) -> Callable[..., Any]:
    """Load the shop, bring database and files up to date, and return the WSGI application; once per process.

    With `whole` everything is there that processes forked from this one would otherwise each make for themselves:
    back office and API, the listings' index, the dictionary of Chinese words, what the home page is drawn with.

    No thread is started and no connection stays open, so that workers may be forked from this process.
    """
    global _application
    if _application is not None:
        return _application
    _limit_memory()
    # What is loaded now stays for good: looking for garbage in it would only cost time.
    gc.disable()
    from duli.cli import setup
    from duli.cli.migrate import migrate_if_needed
    from duli.cli.prepare import collect_static

    setup()
    migrate_if_needed()
    from django.conf import settings
    from django.db import connections
    from django.urls import get_resolver
    from django.utils import translation

    # Pages choose their language; what no page asked for is in the store's.
    translation.deactivate()
    if not settings.DEBUG:
        collect_static()
    from config.wsgi import application

    # Import the pages now rather than in front of the first visitor.
    get_resolver().url_patterns  # noqa: B018
    if whole:
        _load_desk()
        _warm_index()
        _load_dictionary()
        _ask_for_home(application)
    connections.close_all()
    gc.collect()
    # Garbage collection would write on every object, and pages of memory that are written are no longer shared.
    gc.freeze()
    _application = application
    return application


def load(*, where: str, threads: int, jobs: bool, announce: Any, proxies: str) -> Callable[..., Any]:
    """Make one worker process ready; return its WSGI application. Runs in the worker."""
    from config.lanes import Connections, by_lane
    from duli.base.lanes import open_lanes

    # Forked from the supervisor, whose handlers would swallow a signal that comes before the server is up.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    application = by_lane(prepare(), open_lanes(threads), Connections())
    gc.enable()
    threading.Thread(target=_warm_index, name="duli-warm", daemon=True).start()
    later = threading.Timer(DESK_SECONDS, _load_desk)
    later.daemon = True
    later.start()
    if jobs:
        _start_jobs()
    if announce.acquire(block=False):
        print(_("The shop is open: %(where)s (back office: %(where)s/admin/)") % {"where": where}, flush=True)
        _show_first_link()
        print(_("Stop it with Ctrl-C."), flush=True)
    if proxies:
        from granian.utils.proxies import wrap_wsgi_with_proxy_headers

        return wrap_wsgi_with_proxy_headers(application, trusted_hosts=proxies)
    return application


def _show_first_link() -> None:
    """While nobody can sign in, say where the first owner begins."""
    from django.db import connection

    from duli.platform.accounts.services import is_ownerless, setup_link

    if is_ownerless():
        print(_("Nobody can sign in yet. Make the first account here: %(link)s") % {"link": setup_link()}, flush=True)
    connection.close()


def _limit_memory() -> None:
    """Keep glibc from opening an arena per thread, each of which holds on to what it once needed."""
    import ctypes

    if sys.platform == "linux":
        m_arena_max = -8
        try:
            ctypes.CDLL(None).mallopt(m_arena_max, 2)
        except (AttributeError, OSError):
            # Another C library: it has no such arenas.
            return


def _load_desk() -> None:
    """Import what is not needed by the first visitor: back office and API."""
    from django.urls import URLResolver, get_resolver

    _ = [entry.url_patterns for entry in get_resolver().url_patterns if isinstance(entry, URLResolver)]


def _load_dictionary() -> None:
    """Load the dictionary that cuts Chinese into words: 30 MB, which nobody writes on."""
    from duli.platform.search.segment import chinese_words

    chinese_words("独立")


def _ask_for_home(application: Callable[..., Any]) -> None:
    """Draw the home page as for a visitor: translations, templates and the first cards stay in memory."""
    from urllib.parse import urlsplit
    from wsgiref.util import setup_testing_defaults

    from django.conf import settings

    address = urlsplit(settings.PUBLIC_URL)
    environment: dict[str, Any] = {
        "HTTP_HOST": address.netloc, "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": address.scheme
    }  # fmt: skip
    setup_testing_defaults(environment)
    # Should it fail, that has been logged, and the first visitor meets the same.
    application(environment, lambda *_: None).close()


def _warm_index() -> None:
    """Read the listings' index before or beside the first requests."""
    import logging

    from django.db import connection

    from duli.commerce.assortment.selectors import warm

    try:
        warm()
    except Exception:
        logging.getLogger("duli.serve").exception("the listings' index is not warm; the first listing will read it")
    finally:
        connection.close()


def _start_jobs() -> None:
    from multiprocessing.util import Finalize

    from duli.platform.jobs import wake, worker

    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,), name="duli-jobs", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        wake.wake()
        thread.join(JOB_SECONDS)

    # A process of multiprocessing runs no atexit functions; this it runs.
    Finalize(None, end, exitpriority=10)
