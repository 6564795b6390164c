"""What `duli doctor` says about good, poor and dangerous configurations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from django_tasks_db.models import DBTaskResult

from config.environment import Environment, read_environment
from duli.base import clock
from duli.cli import findings, findings_database, main
from duli.cli.findings import Finding
from duli.platform.jobs.models import WorkerBeat
from duli.platform.jobs.registry import Job


def environment(tmp_path: Path, **values: str) -> Environment:
    return read_environment({"DULI_DATA_DIR": str(tmp_path), "DULI_SECRET_KEY": "k" * 50} | values)


def states(found: Iterable[Finding]) -> dict[str, str]:
    return {finding.subject: finding.state for finding in found}


PUBLIC = {"DULI_PUBLIC_URL": "https://shop.example.com"}


def test_the_default_has_nothing_bad(tmp_path: Path) -> None:
    looks = (findings._data_folder, findings._debug, findings._secret, findings._address, findings._mail)
    for look in (*looks, findings._media, findings._redis, findings._backups):
        assert "bad" not in states(look(environment(tmp_path))).values()


@pytest.mark.parametrize(("values", "state"), [({"DULI_DEBUG": "1"}, "warning"), ({"DULI_DEBUG": "1"} | PUBLIC, "bad")])
def test_debug_is_dangerous_in_public(tmp_path: Path, values: dict[str, str], state: str) -> None:
    assert states(findings._debug(environment(tmp_path, **values))) == {"debug": state}


def test_demo_is_dangerous_in_public(tmp_path: Path) -> None:
    assert states(findings._debug(environment(tmp_path, DULI_DEMO="1")))["demo"] == "note"
    assert states(findings._debug(environment(tmp_path, DULI_DEMO="1", **PUBLIC)))["demo"] == "bad"


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, {}),
        ({"DULI_TRUSTED_PROXY_COUNT": "1"}, {"proxies": "warning"}),
        (PUBLIC, {"proxies": "warning"}),
        (PUBLIC | {"DULI_TRUSTED_PROXY_COUNT": "1"}, {"proxies": "ok"}),
    ],
)
def test_proxies_are_trusted_where_they_are(tmp_path: Path, values: dict[str, str], state: dict[str, str]) -> None:
    assert states(findings._proxies(environment(tmp_path, **values))) == state


def test_a_short_secret_is_bad(tmp_path: Path) -> None:
    assert states(findings._secret(environment(tmp_path, DULI_SECRET_KEY="short"))) == {"secret": "bad"}


def test_a_secret_that_others_can_read_is_bad(tmp_path: Path) -> None:
    made = environment(tmp_path, DULI_SECRET_KEY="")
    assert states(findings._secret(made)) == {"secret": "ok"}
    (tmp_path / "secret_key").chmod(0o644)
    assert states(findings._secret(made)) == {"secret": "bad"}


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("http://127.0.0.1:8000", "note"),
        ("https://shop.example.com", "ok"),
        ("http://shop.example.com", "bad"),
        ("shop.example.com", "bad"),
    ],
)
def test_a_public_address_must_be_https(tmp_path: Path, url: str, state: str) -> None:
    assert states(findings._address(environment(tmp_path, DULI_PUBLIC_URL=url)))["address"] == state


def test_any_host_name_is_dangerous_in_public(tmp_path: Path) -> None:
    assert states(findings._address(environment(tmp_path, DULI_ALLOWED_HOSTS="*", **PUBLIC)))["hosts"] == "bad"


def test_a_mail_server_that_does_not_answer_is_bad(tmp_path: Path) -> None:
    assert states(findings._mail(environment(tmp_path, DULI_EMAIL_URL="smtp://u:p@127.0.0.1:1"))) == {"mail": "bad"}
    assert states(findings._mail(environment(tmp_path, **PUBLIC))) == {"mail": "warning"}


def test_redis_that_does_not_answer_is_bad(tmp_path: Path) -> None:
    assert states(findings._redis(environment(tmp_path, DULI_REDIS_URL="redis://127.0.0.1:1/0"))) == {"redis": "bad"}


def test_passwords_are_never_printed(tmp_path: Path) -> None:
    settings = {
        "DULI_EMAIL_URL": "smtp://u:mailsecret@127.0.0.1:1",
        "DULI_REDIS_URL": "redis://:redissecret@127.0.0.1:1/0",
    }
    made = environment(tmp_path, **settings)
    text = " ".join(finding.text for look in (findings._mail, findings._redis) for finding in look(made))
    assert "secret" not in text


def test_backups_are_looked_for(tmp_path: Path) -> None:
    made = environment(tmp_path, **PUBLIC)
    assert states(findings._backups(made)) == {"backups": "warning"}
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "duli.zip").write_bytes(b"x")
    assert states(findings._backups(made)) == {"backups": "ok"}


def test_an_examination_that_breaks_is_a_finding() -> None:
    def _broken() -> Iterable[Finding]:
        raise RuntimeError("no luck")

    (finding,) = findings._carefully("_broken", _broken)
    assert (finding.subject, finding.state) == ("broken", "bad")
    assert "no luck" in finding.text


@pytest.mark.django_db
def test_a_migrated_database_is_well() -> None:
    assert states(findings_database._database()) == {"database": "ok"}
    assert states(findings_database._migrations()) == {"migrations": "ok"}


@pytest.mark.django_db
def test_missing_migrations_are_seen() -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="store", name="0001_initial").delete()
    assert states(findings_database._migrations()) == {"migrations": "warning"}


@pytest.mark.django_db
def test_a_silent_worker_and_late_jobs_are_seen() -> None:
    assert states(findings_database._jobs())["worker"] == "warning"
    WorkerBeat.objects.create(worker_id="w", seen_at=clock.now())
    assert states(findings_database._jobs()) == {"worker": "ok"}
    Job("test.late", lambda: None, 1, "").enqueue(run_after=clock.now() - timedelta(minutes=30))
    DBTaskResult.objects.update(enqueued_at=clock.now() - timedelta(minutes=40))
    assert states(findings_database._jobs()) == {"worker": "ok", "jobs": "warning"}


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("DULI_DATABASE_URL", "mysql://user:geheim@host/shop", "postgresql://…"),
        ("DULI_WORKER_THREADS", "many", "“many”"),
        ("DULI_LOG_LEVEL", "loud", "WARNING"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named_with_what_it_may_be(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    hint: str,
) -> None:
    monkeypatch.setenv("DULI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(name, value)
    assert main(["--language", "en", "doctor"]) == 1
    told = capsys.readouterr().out
    assert name in told
    assert hint in told
    assert "geheim" not in told
    assert main(["--language", "zh-hans", "doctor"]) == 1
    assert name in capsys.readouterr().out


@pytest.mark.django_db
def test_it_speaks_chinese_or_english_and_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--language", "zh-hans", "doctor"])
    assert "密钥" in capsys.readouterr().out
    main(["--language", "en", "doctor"])
    assert "secret key" in capsys.readouterr().out
    code = main(["--language", "en", "doctor", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is (code == 0)
    assert {"subject", "state", "text"} == set(told["findings"][0])
