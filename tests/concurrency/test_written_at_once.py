"""Several programs, or a program and the editor, write the same within milliseconds: one is told to look again.

Each has read what is stored before any of them writes.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any

import pytest
from django.test import Client

from duli.growth.content import services as content
from duli.growth.content.models import BlogPost
from duli.growth.content.types import StoryDraft
from duli.platform.accounts.permissions import PERMISSIONS
from duli.platform.tokens.services import create_token
from duli.web.api.admin import backorders, legal
from tests import factories
from tests.concurrency.hands import at_once
from tests.web.backoffice.conftest import member
from tests.web.backoffice.test_content import PREFIX, form

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

HANDS = 3


def patched_at_once(monkeypatch: pytest.MonkeyPatch, *, guarded: bool) -> list[Counter[int]]:
    """Change a promise and a legal text with every hand; return how often each answer came. Unguarded, all do."""
    factories.shop()
    variant = factories.variant_of(factories.product())
    token = create_token(by=member("owner"), name="ERP", scopes=list(PERMISSIONS))[1]
    together = threading.Barrier(HANDS)
    found = []
    for room, verb, path, field in (
        (backorders, "set_level_rules", f"stock/backorders/{variant.pk}/{factories.location().pk}", "words"),
        (legal, "save_legal_text", "legal-texts/terms/en", "title"),
    ):
        write = getattr(room, verb)

        def meet(write: Any = write, **values: Any) -> Any:
            together.wait(timeout=60)
            return write(**values if guarded else {**values, "seen": None})

        monkeypatch.setattr(room, verb, meet)
        answers: Counter[int] = Counter()

        def patch(number: int, path: str = path, field: str = field, answers: Counter[int] = answers) -> None:
            response = Client().patch(
                f"/api/v1/admin/{path}",
                json.dumps({field: f"By hand {number}"}),
                content_type="application/json",
                headers={"Authorization": f"Bearer {token}"},
            )
            answers[response.status_code] += 1

        at_once(*(lambda number=number: patch(number) for number in range(HANDS)))
        found.append(answers)
    return found


def test_of_many_programs_that_change_a_promise_or_a_legal_text_at_once_one_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert patched_at_once(monkeypatch, guarded=True) == [{200: 1, 409: HANDS - 1}] * 2


def test_without_comparing_the_last_program_wins_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    assert patched_at_once(monkeypatch, guarded=False) == [{200: HANDS}] * 2


@pytest.mark.parametrize("guarded", [True, False])
def test_a_program_and_the_editor_do_not_save_over_each_other(guarded: bool) -> None:
    factories.shop()
    post = content.publish_post(title="春茶", slug="tea")
    opened = post.get_latest_revision()
    seen = {"loaded_revision_id": str(opened.pk), "loaded_revision_created_at": opened.created_at.isoformat()}
    owner = Client()
    owner.force_login(member("owner"), backend="allauth.account.auth_backends.AuthenticationBackend")

    def by_program(number: int) -> None:
        version = opened.pk if guarded else None
        content.save_story(
            kind="posts", page_id=post.pk, draft=StoryDraft(title=f"Program {number}"), expected_version=version
        )

    def by_hand() -> None:
        owner.post(f"{PREFIX}pages/{post.pk}/edit/", form(slug="tea", title="Hand", **(seen if guarded else {})))

    at_once(by_hand, *(lambda number=number: by_program(number) for number in range(HANDS - 1)))
    saved = BlogPost.objects.get().revisions.exclude(pk=opened.pk).count()
    assert saved == (1 if guarded else HANDS)
