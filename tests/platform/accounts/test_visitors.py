from __future__ import annotations

from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from django.test import RequestFactory

from config.environment import read_environment
from duli.platform.accounts.visitors import client_address, visitor_key


def ask(forwarded: str = "", remote: str = "192.0.2.1") -> Any:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers)


@pytest.mark.parametrize(
    ("count", "forwarded", "expected"),
    [
        (0, "203.0.113.7", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "10.9.8.7, 203.0.113.7", "203.0.113.7"),
        (2, "10.9.8.7, 203.0.113.7, 192.0.2.2", "203.0.113.7"),
        (2, "203.0.113.7", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1"),
        (1, "203.0.113.7:4711", "203.0.113.7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(settings: Any, count: int, forwarded: str, expected: str) -> None:
    settings.TRUSTED_PROXY_COUNT = count
    assert client_address(ask(forwarded)) == expected
    assert get_adapter().get_client_ip(ask(forwarded)) == expected


def test_a_socket_file_knows_no_address() -> None:
    assert client_address(ask(remote="")) == visitor_key(ask(remote="")) == "unknown"


@pytest.mark.parametrize("text", ["-1", "many", "1.5", "²"])
def test_a_count_is_a_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="DULI_TRUSTED_PROXY_COUNT"):
        read_environment({"DULI_TRUSTED_PROXY_COUNT": text, "DULI_SECRET_KEY": "k" * 50})
