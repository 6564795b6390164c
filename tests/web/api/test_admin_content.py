"""Pages and posts over the API: drafted, published, planned, translated and taken back, and nobody overwritten."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from duli.base.clock import now
from duli.growth.content import services
from duli.growth.content.models import BlogPost, StandardPage
from duli.platform.accounts.models import User
from duli.platform.audit.models import AuditEntry
from duli.platform.store.changes import reset_caches
from duli.platform.store.selectors import current_store, languages
from tests.web.api.test_admin_api import Call, call, owner, token_for

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db
TEXT = [{"type": "text", "value": "<p>今年的第一批</p>"}]


def other_language() -> str:
    return next(code for code in languages() if code != current_store().default_language)


def shown(path: str) -> str:
    reset_caches()
    answer = Client().get(path)
    return answer.content.decode() if answer.status_code == 200 else ""


def test_a_post_is_drafted_published_changed_moved_and_taken_back(
    call: Call, django_capture_on_commit_callbacks: Any
) -> None:
    other = other_language()
    status, made = call(
        "POST",
        "/content/posts",
        {
            "title": "春茶",
            "body": TEXT,
            "tags": ["茶"],
            "author": "林",
            "texts": {other: {"title": "Spring tea", "body": [{"type": "heading", "value": "New"}]}},
        },
        key="one",
    )
    assert status == 201
    assert (made["slug"], made["published"], made["tags"]) == ("chun-cha", False, ["茶"])
    assert (made["body"], made["texts"][other]["title"]) == (TEXT, "Spring tea")
    assert not shown("/blog/chun-cha")
    path = f"/content/posts/{made['id']}"
    with django_capture_on_commit_callbacks(execute=True):
        status, live = call("PATCH", path, {"published": True, "seo_title": "茶"})
    assert (status, live["published"], live["author"], live["seo_title"]) == (200, True, "林", "茶")
    assert "今年的第一批" in shown("/blog/chun-cha")

    draft = call("PATCH", path, {"title": "新茶", "texts": {other: {"excerpt": "Soon"}}})[1]
    assert (draft["title"], draft["has_unpublished_changes"]) == ("新茶", True)
    assert draft["texts"][other]["title"] == "Spring tea"
    assert "春茶" in shown("/blog/chun-cha")
    with django_capture_on_commit_callbacks(execute=True):
        call("PATCH", path, {"slug": "spring-tea", "published": True, "texts": {other: None}})
    assert "新茶" in shown("/blog/spring-tea")
    assert Client().get("/blog/chun-cha")["Location"] == "/blog/spring-tea"
    assert call("GET", path)[1]["texts"] == {}
    with django_capture_on_commit_callbacks(execute=True):
        assert call("PATCH", path, {"published": False})[1]["published"] is False
    assert not shown("/blog/spring-tea")
    assert AuditEntry.objects.filter(area="content", reference=f"page:{made['id']}").count() == 5


def test_a_page_is_planned_and_the_plan_taken_back(call: Call) -> None:
    today = now().replace(microsecond=0)
    starts, ends = today + timedelta(days=1), today + timedelta(days=3)
    body = {"title": "About", "menu": "about", "published": True, "go_live_at": starts.isoformat()}
    made = call("POST", "/content/pages", {**body, "expire_at": ends.isoformat()}, key="one")[1]
    assert (made["published"], made["go_live_at"], made["menu"]) == (False, starts.isoformat(), "about")
    page = StandardPage.objects.get()
    assert (page.live, page.latest_revision.approved_go_live_at, page.expire_at) == (False, starts, ends)
    path = f"/content/pages/{made['id']}"
    assert call("PATCH", path, {"go_live_at": None, "expire_at": None})[1]["expire_at"] is None


def test_the_editor_knows_its_features_after_a_call_has_checked_a_body() -> None:
    code = """if True:
        import django
        django.setup()
        from duli.growth.content.services.stories import checked_body
        checked_body([{"type": "text", "value": "<p>x</p>"}], "body")
        from duli.web.backoffice.content import editor
        editor.addresses()
        from duli.growth.content.models import BlogPost
        import warnings
        warnings.simplefilter("error")
        BlogPost._meta.get_field("body").stream_block.child_blocks["text"].field
        print("known")
    """

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "known", done.stderr


def test_nobody_is_overwritten_who_saved_since(call: Call) -> None:
    post = services.publish_post(title="春茶", slug="tea")
    path = f"/content/posts/{post.pk}"
    read = call("GET", path)[1]
    assert call("PATCH", path, {"title": "她的", "version": read["version"]})[0] == 200
    status, answer = call("PATCH", path, {"title": "他的", "version": read["version"]})
    assert (status, answer["code"]) == (409, "conflict")
    assert call("GET", path)[1]["title"] == "她的"
    assert call("PATCH", path, {"title": "他的"})[0] == 200


def test_the_same_call_under_its_key_is_one_page(call: Call) -> None:
    body = {"title": "About", "published": True}
    first = call("POST", "/content/pages", body, key="one")
    assert call("POST", "/content/pages", body, key="one") == first
    assert call("POST", "/content/pages", body)[0] == 400
    assert StandardPage.objects.count() == 1
    assert call("POST", "/content/pages", body, key="two")[1]["slug"] == "about-2"


NONSENSE: list[dict[str, Any]] = [
    {"title": " "},
    {"title": None},
    {"title": "x" * 256},
    {"menu": "nowhere"},
    {"author": "only of posts"},
    {"cover_id": 99},
    {"cover_id": 2**70},
    {"body": [{"type": "script", "value": "x"}]},
    {"body": [{"type": "picture", "value": "x"}]},
    {"body": [{"type": "picture", "value": {"picture": 99}}]},
    {"body": [{"type": "products", "value": {"a": 1}}]},
    {"body": [{"type": "questions", "value": [{"question": []}]}]},
    {"body": [{"type": "button", "value": {"label": "x", "link": "javascript:alert(1)"}}]},
    {"body": [{"type": "heading", "value": "a\x00b"}]},
    {"body": [{"type": "heading", "value": "\ud800"}]},
    {"texts": {"xx": {"title": "T"}}},
    {"texts": {"en": {"excerpt": "no title"}}},
    {"expire_at": "2001-01-01T00:00:00Z"},
    {"go_live_at": "soon"},
]


@pytest.mark.parametrize("wrong", NONSENSE, ids=[str(number) for number in range(len(NONSENSE))])
def test_nonsense_changes_nothing(call: Call, wrong: dict[str, Any]) -> None:
    page = services.publish_page(title="About", slug="about")
    before = call("GET", f"/content/pages/{page.pk}")[1]
    assert call("PATCH", f"/content/pages/{page.pk}", {"seo_title": "new", **wrong})[0] in {400, 422}
    assert call("GET", f"/content/pages/{page.pk}")[1] == before


def test_addresses_that_are_taken_and_pages_that_are_not_there(call: Call) -> None:
    page = services.publish_page(title="About", slug="about")
    services.publish_page(title="Other", slug="other")
    services.save_page(title="Terms", handle="terms")
    for slug in ("other", "terms"):
        status, answer = call("PATCH", f"/content/pages/{page.pk}", {"slug": slug})
        assert (status, answer["code"]) == (409, "page_handle_taken")
    for missing in (f"/content/posts/{page.pk}", "/content/pages/999999", f"/content/pages/{2**70}"):
        assert call("GET", missing)[0] == 404
        assert call("PATCH", missing, {"title": "x"})[0] == 404
    assert call("GET", "/content/shelves")[0] == 422


def test_only_who_may_edit_content_reads_or_writes(call: Call, owner: User) -> None:
    token = token_for(owner, "catalogue.edit", "settings.edit")
    page = services.publish_page(title="About", slug="about")
    for method, path in (("GET", ""), ("POST", ""), ("GET", f"/{page.pk}"), ("PATCH", f"/{page.pk}")):
        assert call(method, f"/content/pages{path}", {"title": "x"}, token=token, key="k")[0] == 403


def test_a_list_asks_the_same_however_long_it_is(call: Call) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert call("GET", "/content/posts")[0] == 200
        return len(asked)

    services.publish_post(title="One", slug="one")
    queries()
    one = queries()
    for number in range(5):
        services.publish_post(title=f"Post {number}", slug=f"post-{number}")
    assert queries() == one
    listed = call("GET", "/content/posts", limit=4)[1]
    assert [row["title"] for row in listed["posts"]] == ["Post 4", "Post 3", "Post 2", "Post 1"]
    assert len(call("GET", "/content/posts", limit=4, after=listed["next"])[1]["posts"]) == 2
    assert BlogPost.objects.count() == 6
