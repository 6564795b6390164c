from __future__ import annotations

import json
import logging
import sys

import pytest

from config.logging import JsonFormatter, PlainFormatter, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail to lena.fischer@example.com failed", "mail to l***@example.com failed"),
        ("code sent to 13800138000", "code sent to 138****8000"),
        ("code sent to +86 138 0013 8000.", "code sent to +86****8000."),
        ("call +4930123456789", "call +493****6789"),
        ("GET /orders/kJ8sdfh3Kd93kdLs02 404", "GET /orders/*** 404"),
        ("GET /en/account/reset/abcDEF123456789_-x", "GET /en/account/reset/***"),
        ("next=/x?token=abcDEF123456789", "next=/x?token=***"),
        ("postgresql://duli:secret@db/duli", "postgresql://duli:***@db/duli"),
    ],
)
def test_personal_data_and_secrets_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "order 20261123000123 placed",
        "SKU 4006381333931",
        "2026-11-23 10:15:00",
        "GET /products/oak-table 200",
        "took 12345 ms",
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask(text) == text


def record(message: str, *arguments: object, exc_info: object = None) -> logging.LogRecord:
    return logging.LogRecord("duli.x", logging.ERROR, "x.py", 1, message, arguments, exc_info)  # type: ignore[arg-type]


def test_json_lines_mask_arguments_and_tracebacks() -> None:
    try:
        raise ValueError("no such customer: lena@example.com")
    except ValueError:
        line = JsonFormatter().format(record("sent to %s", "lena@example.com", exc_info=sys.exc_info()))
    assert "lena@" not in line
    entry = json.loads(line)
    assert entry["level"] == "error"
    assert entry["logger"] == "duli.x"
    assert entry["message"] == "sent to l***@example.com"
    assert "ValueError" in entry["traceback"]


def test_plain_lines_are_masked_too() -> None:
    assert "138****0000" in PlainFormatter().format(record("%s", "13800000000"))
