"""Logs: one JSON object a line for machines, plain lines on a terminal, and no personal data in either.

Whatever is logged, mail addresses and phone numbers are masked and secret parts of addresses are cut, in messages,
arguments and tracebacks alike, because the finished line is what passes the mask.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

from duli.base.text import mask_cards, mask_contacts

_TOKEN = re.compile(r"(/(?:orders|cart|checkout|reset|verify|confirm)/|[?&](?:token|key|code)=)[A-Za-z0-9_-]{12,}")
_CREDENTIALS = re.compile(r"(://[^:/@\s]+:)[^@/\s]+@")


def mask(text: str) -> str:
    """Return `text` without mail addresses, phone and card numbers, bearer tokens in addresses, passwords in URLs."""
    text = _CREDENTIALS.sub(r"\1***@", text)
    text = mask_cards(mask_contacts(text).encode("utf-8", "replace")).decode()
    return _TOKEN.sub(r"\1***", text)


class PlainFormatter(logging.Formatter):
    """A line for a person: time, level, where, what."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object: time (UTC), level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": mask(record.getMessage()),
            "process": record.process,
        }
        if record.exc_info:
            entry["traceback"] = mask(self.formatException(record.exc_info))
        if status := getattr(record, "status_code", None):
            entry["status"] = status
        return json.dumps(entry, ensure_ascii=False)


def logging_settings(level: str) -> dict[str, Any]:
    """Return Django's LOGGING for this level ("INFO")."""
    formatter = "plain" if sys.stderr.isatty() else "json"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {"()": "config.logging.PlainFormatter"},
            "json": {"()": "config.logging.JsonFormatter"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": formatter}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print the same again, unmasked.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # A mistyped address is not an event of the shop.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # It names every address it calls.
            "httpx2": {"level": "WARNING"},
            # It tells of every page that somebody saves; its own history of pages knows that.
            "wagtail": {"level": "WARNING"},
        },
    }
