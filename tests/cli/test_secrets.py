"""`duli secrets`: a new key, what is still under a former one, and sealing it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from config.environment import read_environment
from duli.cli import findings, language, main
from duli.commerce.payments import services as payments
from duli.commerce.payments.configuration import known
from duli.platform.store import lasting
from duli.platform.store.changes import reset_caches
from tests import factories

NEW = "the key of today " * 4


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    before, known = translation.get_language(), dict(lasting._known)
    yield
    language.choose("en")
    translation.activate(before or "zh-hans")
    lasting._known.clear()
    lasting._known.update(known)


def secrets(verb: str, speaks: str = "en") -> int:
    return main(["--language", speaks, "secrets", verb])


def test_a_new_key_is_long_and_another_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    keys = set()
    for _time in range(2):
        assert secrets("new") == 0
        keys.add(capsys.readouterr().out.strip())
    assert len(keys) == 2
    assert min(map(len, keys)) >= 50


@pytest.mark.django_db
def test_the_whole_way(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    factories.shop()
    payments.save_gateway(code="stripe", enabled=False, values={"secret_key": "sk_test_1"}, actor="user:1")
    assert secrets("check") == 0
    former, settings.SECRET_KEY = settings.SECRET_KEY, NEW
    settings.SECRET_KEY_FALLBACKS = [former]
    capsys.readouterr()
    assert secrets("check") == 1
    assert "Still under a former key: 2" in capsys.readouterr().out
    assert secrets("reseal", "zh-hans") == 0
    assert "已重新加密：2" in capsys.readouterr().out
    assert secrets("check") == 0
    settings.SECRET_KEY_FALLBACKS = []
    reset_caches()
    assert known("stripe")[1].text("secret_key") == "sk_test_1"


@pytest.mark.django_db
def test_what_is_lost_is_named(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    factories.shop()
    payments.save_gateway(code="stripe", enabled=False, values={"secret_key": "sk_test_1"}, actor="user:1")
    settings.SECRET_KEY = NEW
    assert secrets("reseal") == 1
    told = capsys.readouterr().err
    assert "None of the keys opens payments.GatewaySetting" in told
    assert "sk_test_1" not in told


def test_former_keys_come_from_the_environment(tmp_path: Path) -> None:
    read = read_environment({"DULI_DATA_DIR": str(tmp_path), "DULI_SECRET_KEY_FALLBACKS": " one, two ,"})
    assert read.secret_key_fallbacks == ("one", "two")
    assert [found.state for found in findings._former_keys(read)] == ["note"]
    same = read_environment(
        {"DULI_DATA_DIR": str(tmp_path), "DULI_SECRET_KEY": "k" * 50, "DULI_SECRET_KEY_FALLBACKS": "k" * 50}
    )
    assert [found.state for found in findings._former_keys(same)] == ["warning"]
    assert list(findings._former_keys(read_environment({"DULI_DATA_DIR": str(tmp_path)}))) == []
