"""Where the words of a template come from: the merchant's row, else the file that came with the software."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from duli.platform.mail.models import MailSwitch, MailTemplate
from duli.platform.mail.states import Channel
from duli.platform.mail.types import Source, UnknownTemplate
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store

FOLDER = Path(__file__).parent / "templates_default"
LAST_RESORT = "en"
TOPIC = "mail_templates"

_own: ChangeCache[dict[tuple[str, str, str], Source]] = ChangeCache(1)
_off: ChangeCache[frozenset[tuple[str, str, str]]] = ChangeCache(1)


@cache
def _read(language: str, name: str) -> str | None:
    path = FOLDER / language / name
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def frame() -> str:
    """Return the page around every mail."""
    return (FOLDER / "frame.html").read_text(encoding="utf-8")


def default_source(key: str, channel: str, language: str) -> Source | None:
    """Return the text that came with the software, if it speaks `language`."""
    if not language.replace("-", "").isalnum():
        return None
    if channel == Channel.SMS:
        body = _read(language, f"{key}.sms")
        return Source("", body) if body is not None else None
    subject, body = _read(language, f"{key}.subject"), _read(language, f"{key}.html")
    return Source(subject, body) if subject is not None and body is not None else None


def _own_sources() -> dict[tuple[str, str, str], Source]:
    def read() -> dict[tuple[str, str, str], Source]:
        rows = MailTemplate.objects.values_list("key", "channel", "language", "subject", "body")
        return {(key, channel, language): Source(subject, body, True) for key, channel, language, subject, body in rows}

    return _own.get_or_make("all", read, [TOPIC])


def switched_off(key: str, channel: str, language: str) -> bool:
    """Say whether the merchant does not send this message to readers of this language."""

    def read() -> frozenset[tuple[str, str, str]]:
        return frozenset(MailSwitch.objects.values_list("key", "channel", "language"))

    return (key, str(channel), language) in _off.get_or_make("all", read, [TOPIC])


def source_of(key: str, channel: str, language: str) -> tuple[Source, str]:
    """Return the text for a reader of `language` and the language it is written in.

    Where there is none in that language, the store's own language speaks, then English. UnknownTemplate.
    """
    own = _own_sources()
    for spoken in dict.fromkeys([language, current_store().default_language, LAST_RESORT]):
        found = own.get((key, channel, spoken)) or default_source(key, channel, spoken)
        if found is not None:
            return found, spoken
    raise UnknownTemplate(key=key)
