"""Many hands save the same form within the same milliseconds: one is saved, the others are told.

The hands meet in the worst moment: each has read what is stored, none has saved yet.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from duli.platform.store.changes import reset_caches
from duli.web.backoffice.kit.seen import Guard
from tests import factories
from tests.web.backoffice.conftest import member
from tests.web.backoffice.filled import filled
from tests.web.backoffice.test_seen import FORMS, WHOLE, everything, url_of

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

HANDS = 3


def save_at_once(monkeypatch: pytest.MonkeyPatch, *, early: bool = False) -> dict[str, Counter[int]]:
    """Let every hand save each of the forms at once; return how often each answer came.

    The twin without the guard compares `early`: before the verb has its lock, and not again behind it.
    """
    make, check = Guard.__init__, Guard.check

    def meet(self: Guard, request: Any, *values: Any) -> None:
        make(self, request, *values)
        if request.method == "POST":
            if early:
                check(self)
            together.wait(timeout=60)

    factories.shop()
    keys = everything()
    together = threading.Barrier(HANDS)
    hands = [Client() for _ in range(HANDS)]
    for hand in hands:
        hand.force_login(member("owner"), backend="allauth.account.auth_backends.AuthenticationBackend")
    found = {}
    whole: dict[str, list[str]] = {}
    for name, arguments, (field, value), extra in [*((*form[:3], whole) for form in FORMS), *WHOLE]:
        url = url_of(name, arguments, keys)
        opened = {**filled(hands[0].get(url).content.decode(), field), **extra}
        with monkeypatch.context() as patch:
            patch.setattr(Guard, "__init__", meet)
            if early:
                patch.setattr(Guard, "check", lambda _self: None)
            found[f"{name} {' '.join(arguments)}"] = _post(hands, url, opened, field, value)
        reset_caches()
    return found


def _post(hands: list[Client], url: str, opened: dict[str, list[str]], field: str, value: str) -> Counter[int]:
    answers: Counter[int] = Counter()
    lock = threading.Lock()

    def save(number: int) -> None:
        try:
            status = hands[number].post(url, {**opened, field: [_own(value, number)]}).status_code
        finally:
            connection.close()
        with lock:
            answers[status] += 1

    threads = [threading.Thread(target=save, args=(number,)) for number in range(HANDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _own(value: str, number: int) -> str:
    """Return what one of the hands writes; nobody writes what another does."""
    if value[-1].isdigit():
        return f"{value[:-1]}{int(value[-1]) - number}"
    return f"{value} {number}"


def test_of_many_who_save_a_form_at_once_one_is_saved_and_the_others_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = save_at_once(monkeypatch)
    assert found == {key: {302: 1, 409: HANDS - 1} for key in found}


def test_compared_before_the_lock_the_last_one_wins_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    found = save_at_once(monkeypatch, early=True)
    assert found == {key: {302: HANDS} for key in found}
