"""Everything Duli reads from the environment, in one typed place.

Nothing has to be set: the defaults give a shop on SQLite in ``./var``. `duli doctor` prints
these names, their values (secrets masked) and what is wrong with them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVED_AT = "served_at"
"""The file in the data folder that says where the shop was last opened."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The shop's configuration as the operator wrote it; empty strings mean "not configured"."""

    data_dir: Path
    database_url: str
    database_prepare: bool
    redis_url: str
    media_url: str
    media_endpoint: str
    media_region: str
    media_access_key: str
    media_secret_key: str
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    public_url: str
    email_url: str
    debug: bool
    demo: bool
    log_level: str
    worker_threads: int
    revisions_per_product: int
    webhooks_to_private_addresses: bool
    trusted_proxy_count: int
    api_calls_per_minute: int
    vies_url: str = ""
    hmrc_url: str = ""
    hmrc_token: str = ""


class BadSetting(ValueError):
    """A setting that cannot be what it is; `given` is empty where it may hold a password."""

    def __init__(self, name: str, given: str, expected: str) -> None:
        super().__init__(f"{name}: {given or expected}")
        self.name, self.given, self.expected = name, given, expected


def _flag(value: str) -> bool:
    return value.strip().lower() in {"1", "true", "yes", "on"}


def _count(values: Mapping[str, str], name: str, default: int) -> int:
    """Return a whole number of at least zero; BadSetting names the setting that is something else."""
    text = values.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise BadSetting(name, text, "0, 1, 2 …")
    return int(text)


def _listed(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in values.get(name, "").split(",") if part.strip())


def _one_of(values: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return one of `choices` in capitals; BadSetting names the setting that is something else."""
    text = values.get(name, "").strip().upper() or default
    if text not in choices:
        raise BadSetting(name, text, ", ".join(choices))
    return text


def _address(values: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    """Return an address with one of `schemes`, or ""; BadSetting names the setting, and never shows a password."""
    text = values.get(name, "").strip()
    scheme = text.partition("://")[0] if "://" in text else ""
    if text and scheme not in schemes:
        raise BadSetting(name, "", ", ".join(f"{known}://…" for known in schemes))
    return text


def _secret_key(data_dir: Path, given: str) -> str:
    """Return the configured key, or one made once and kept (mode 600) in the data folder."""
    if given:
        return given
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def _served_at(data_dir: Path) -> str:
    """Return where the shop was last opened on this machine, so that other commands write the same links."""
    try:
        found = (data_dir / SERVED_AT).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return "http://127.0.0.1:8000"
    return found if found.startswith(("http://", "https://")) else "http://127.0.0.1:8000"


def note_served_at(data_dir: Path, address: str) -> None:
    """Keep the address under which the shop is opened; a folder that cannot be written to is no reason to stay shut."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        (data_dir / SERVED_AT).write_text(address + "\n")
    except OSError:
        pass


def read_environment(values: Mapping[str, str] | None = None) -> Environment:
    """Read ``DULI_*`` names from `values` (default: the process environment)."""
    values = os.environ if values is None else values
    data_dir = Path(values.get("DULI_DATA_DIR") or ROOT / "var").resolve()
    return Environment(
        data_dir=data_dir,
        database_url=_address(values, "DULI_DATABASE_URL", ("postgresql", "postgres", "sqlite")),
        database_prepare=_flag(values.get("DULI_DATABASE_PREPARE", "1")),
        redis_url=_address(values, "DULI_REDIS_URL", ("redis", "rediss", "unix")),
        media_url=values.get("DULI_MEDIA_URL", ""),
        media_endpoint=values.get("DULI_MEDIA_ENDPOINT", ""),
        media_region=values.get("DULI_MEDIA_REGION", ""),
        media_access_key=values.get("DULI_MEDIA_ACCESS_KEY", ""),
        media_secret_key=values.get("DULI_MEDIA_SECRET_KEY", ""),
        secret_key=_secret_key(data_dir, values.get("DULI_SECRET_KEY", "")),
        secret_key_fallbacks=_listed(values, "DULI_SECRET_KEY_FALLBACKS"),
        allowed_hosts=_listed(values, "DULI_ALLOWED_HOSTS"),
        public_url=(values.get("DULI_PUBLIC_URL") or _served_at(data_dir)).rstrip("/"),
        email_url=_address(values, "DULI_EMAIL_URL", ("smtp", "smtps")),
        debug=_flag(values.get("DULI_DEBUG", "")),
        demo=_flag(values.get("DULI_DEMO", "")),
        log_level=_one_of(values, "DULI_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
        worker_threads=max(_count(values, "DULI_WORKER_THREADS", 8), 1),
        revisions_per_product=_count(values, "DULI_REVISIONS_PER_PRODUCT", 50),
        webhooks_to_private_addresses=_flag(values.get("DULI_WEBHOOKS_TO_PRIVATE_ADDRESSES", "")),
        trusted_proxy_count=_count(values, "DULI_TRUSTED_PROXY_COUNT", 0),
        api_calls_per_minute=_count(values, "DULI_API_CALLS_PER_MINUTE", 600),
        vies_url=_address(values, "DULI_VIES_URL", ("http", "https")),
        hmrc_url=_address(values, "DULI_HMRC_URL", ("http", "https")),
        hmrc_token=values.get("DULI_HMRC_TOKEN", ""),
    )
