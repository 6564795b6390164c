"""The examinations behind `duli doctor`. Each looks at one thing and says in a sentence what it found."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from config.environment import BadSetting, Environment, read_environment
from duli.cli.language import _, explained

State = Literal["ok", "note", "warning", "bad"]

GIGABYTE = 1024**3
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is stable and English ("database"); `text` is a sentence in the reader's language."""

    subject: str
    state: State
    text: str


def examine() -> list[Finding]:
    """Run every examination; one that breaks is itself a finding."""
    findings: list[Finding] = []
    try:
        environment = read_environment()
    except BadSetting as error:
        return [Finding("configuration", "bad", explained(error))]
    except (OSError, ValueError) as error:
        text = _("The configuration cannot be read: %(error)s") % {"error": error}
        return [Finding("configuration", "bad", text)]
    looks = (
        _program,
        _data_folder,
        _debug,
        _secret,
        _former_keys,
        _address,
        _proxies,
        _mail,
        _media,
        _redis,
        _backups,
        _papers,
    )
    for look in looks:
        findings += _carefully(look.__name__, lambda look=look: look(environment))  # type: ignore[misc]
    try:
        from duli.cli import setup

        setup()
    except Exception as error:
        text = _("The shop cannot be loaded: %(error)s") % {"error": error}
        return [*findings, Finding("settings", "bad", text)]
    from duli.cli import findings_database

    for examination in findings_database.EXAMINATIONS:
        findings += _carefully(examination.__name__, examination)
    return findings


def _carefully(name: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except Exception as error:
        subject = name.strip("_")
        return [Finding(subject, "bad", _("This could not be examined: %(error)s") % {"error": error})]


def _papers(environment: Environment) -> Iterator[Finding]:
    """PDFs need a library, pango and a font with Chinese; without them invoices are printed from the browser."""
    try:
        import weasyprint  # noqa: F401 (loaded only to see whether it can be)
    except ImportError:
        text = _("No PDF files: the package “weasyprint” is not installed. Invoices can be printed.")
        yield Finding("pdf", "note", text)
        return
    except OSError:
        yield Finding("pdf", "note", _("No PDF files: the system library “pango” is missing. Invoices can be printed."))
        return
    listing = shutil.which("fc-list")
    if listing and not subprocess.run([listing, ":lang=zh"], capture_output=True, check=False).stdout.strip():
        text = _("PDF files would have gaps: no font with Chinese, such as fonts-noto-cjk, is installed.")
        yield Finding("pdf", "warning", text)
        return
    yield Finding("pdf", "ok", _("PDF files of invoices can be written"))


def _program(environment: Environment) -> Iterator[Finding]:
    from duli import __version__

    text = _("Duli %(version)s on Python %(python)s, %(system)s") % {
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
    }
    yield Finding("program", "ok" if sys.version_info >= (3, 11) else "bad", text)
    if datetime.now(UTC).year < 2026:
        yield Finding("clock", "bad", _("The clock of this machine is wrong: it is %(now)s.") % {"now": time.ctime()})


def _data_folder(environment: Environment) -> Iterator[Finding]:
    folder = environment.data_dir
    names = {"folder": folder}
    if not folder.is_dir():
        yield Finding("data", "note", _("The data folder %(folder)s is made at the first start.") % names)
        return
    if not os.access(folder, os.W_OK):
        yield Finding("data", "bad", _("The data folder %(folder)s cannot be written (DULI_DATA_DIR).") % names)
        return
    free = shutil.disk_usage(folder).free / GIGABYTE
    names["free"] = f"{free:.1f}"  # type: ignore[assignment]
    if free < 0.2:
        yield Finding("disk", "bad", _("The disk is full: %(free)s GB are free in %(folder)s.") % names)
    elif free < 2:
        yield Finding("disk", "warning", _("The disk is nearly full: %(free)s GB are free in %(folder)s.") % names)
    else:
        yield Finding("data", "ok", _("Data lies in %(folder)s; %(free)s GB are free.") % names)


def _is_public(environment: Environment) -> bool:
    return (urlsplit(environment.public_url).hostname or "") not in LOOPBACK


def _debug(environment: Environment) -> Iterator[Finding]:
    if environment.debug:
        text = _("Debug mode is on: error pages show settings and code to everybody (DULI_DEBUG).")
        yield Finding("debug", "bad" if _is_public(environment) else "warning", text)
    if environment.demo:
        text = _("Demo mode is on: anybody can read the mails of the shop and sign in as staff (DULI_DEMO).")
        yield Finding("demo", "bad" if _is_public(environment) else "note", text)


def _secret(environment: Environment) -> Iterator[Finding]:
    if len(environment.secret_key) < 32:
        yield Finding("secret", "bad", _("The secret key is too short to protect sessions (DULI_SECRET_KEY)."))
        return
    path = environment.data_dir / "secret_key"
    if not path.exists() or path.read_text().strip() != environment.secret_key:
        yield Finding("secret", "ok", _("The secret key comes from DULI_SECRET_KEY."))
    elif os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("secret", "bad", _("Other users of this machine can read %(path)s.") % {"path": path})
    else:
        yield Finding("secret", "ok", _("The secret key is kept in %(path)s.") % {"path": path})


def _former_keys(environment: Environment) -> Iterator[Finding]:
    count = len(environment.secret_key_fallbacks)
    if environment.secret_key in environment.secret_key_fallbacks:
        text = _("DULI_SECRET_KEY_FALLBACKS names the secret key of today as a former one.")
        yield Finding("former_keys", "warning", text)
    elif count:
        text = _(
            "Secret keys accepted beside that of today: %(count)s (DULI_SECRET_KEY_FALLBACKS). Once `duli secrets"
            " check` finds nothing under them, they can go."
        )
        yield Finding("former_keys", "note", text % {"count": count})


def _address(environment: Environment) -> Iterator[Finding]:
    parts = urlsplit(environment.public_url)
    names = {"url": environment.public_url}
    if not parts.scheme or not parts.hostname:
        yield Finding("address", "bad", _("%(url)s is no web address (DULI_PUBLIC_URL).") % names)
    elif not _is_public(environment):
        yield Finding("address", "note", _("The shop answers on this machine only, at %(url)s.") % names)
    elif parts.scheme != "https":
        text = _("%(url)s is not encrypted: passwords and orders can be read on the way.")
        yield Finding("address", "bad", text % names)
    else:
        yield Finding("address", "ok", _("The shop's address is %(url)s.") % names)
    if "*" in environment.allowed_hosts:
        text = _("Every host name is accepted (DULI_ALLOWED_HOSTS): links in mails can be forged.")
        yield Finding("hosts", "bad" if _is_public(environment) else "warning", text)


def _proxies(environment: Environment) -> Iterator[Finding]:
    count = environment.trusted_proxy_count
    if count and not _is_public(environment):
        text = _("Visitors can pretend any address: a proxy is trusted that is not there (DULI_TRUSTED_PROXY_COUNT).")
        yield Finding("proxies", "warning", text)
    elif count:
        text = _("Visitors are told apart by what %(count)s trusted proxies say (DULI_TRUSTED_PROXY_COUNT).")
        yield Finding("proxies", "ok", text % {"count": count})
    elif _is_public(environment):
        text = _(
            "No proxy is trusted: behind one, all visitors are limited together. Set DULI_TRUSTED_PROXY_COUNT to how"
            " many there are, or name them to `duli serve --proxy`."
        )
        yield Finding("proxies", "warning", text)


def _reaches(host: str, port: int) -> bool:
    try:
        with closing(socket.create_connection((host, port), timeout=3)):
            return True
    except OSError:
        return False


def _mail(environment: Environment) -> Iterator[Finding]:
    if not environment.email_url:
        text = _("No mail server is configured: mails stay in the outbox of the back office (DULI_EMAIL_URL).")
        yield Finding("mail", "warning" if _is_public(environment) else "note", text)
        return
    parts = urlsplit(environment.email_url)
    host, port = parts.hostname or "", parts.port or (465 if parts.scheme == "smtps" else 587)
    names = {"host": f"{host}:{port}"}
    if _reaches(host, port):
        yield Finding("mail", "ok", _("The mail server %(host)s answers.") % names)
    else:
        yield Finding("mail", "bad", _("The mail server %(host)s does not answer.") % names)


def _media(environment: Environment) -> Iterator[Finding]:
    folder = environment.data_dir / "media"
    if environment.media_url:
        parts = urlsplit(environment.media_url)
        if parts.scheme != "file":
            # A store elsewhere is asked once the shop is loaded.
            return
        folder = Path(unquote(parts.path))
    names = {"folder": folder}
    if folder.is_dir() and not os.access(folder, os.W_OK):
        yield Finding("media", "bad", _("Pictures cannot be saved: %(folder)s cannot be written.") % names)
    else:
        yield Finding("media", "ok", _("Pictures are kept in %(folder)s.") % names)


def _redis(environment: Environment) -> Iterator[Finding]:
    if not environment.redis_url:
        yield Finding("redis", "note", _("No Redis is configured; the shop does not need one on one machine."))
        return
    parts = urlsplit(environment.redis_url)
    names = {"host": f"{parts.hostname}:{parts.port or 6379}"}
    import redis

    try:
        redis.Redis.from_url(environment.redis_url, socket_timeout=3, socket_connect_timeout=3).ping()
    except redis.RedisError:
        yield Finding("redis", "bad", _("Redis at %(host)s does not answer.") % names)
    else:
        yield Finding("redis", "ok", _("Redis at %(host)s answers.") % names)


def _newest(folder: Path) -> datetime | None:
    times = [path.stat().st_mtime for path in folder.glob("*") if path.is_file()] if folder.is_dir() else []
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _backups(environment: Environment) -> Iterator[Finding]:
    folder = environment.data_dir / "backups"
    newest = _newest(folder)
    state: State = "warning" if _is_public(environment) else "note"
    if newest is None:
        yield Finding("backups", state, _("There is no backup in %(folder)s.") % {"folder": folder})
    elif datetime.now(UTC) - newest > timedelta(days=2):
        text = _("The last backup is of %(date)s.") % {"date": newest.date().isoformat()}
        yield Finding("backups", state, text)
    else:
        yield Finding("backups", "ok", _("The last backup is less than two days old."))
