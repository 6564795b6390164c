"""The Content area: Wagtail's editor behind our door, in our shell, and what it does to the shop."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver
from PIL import Image

from duli.base.clock import now
from duli.growth.content import services
from duli.growth.content.models import BlogPost, BlogTag, PageText, StandardPage
from duli.platform.accounts.models import User
from duli.platform.accounts.permissions import GRANTS, ROLES
from duli.platform.media.models import Asset
from duli.platform.redirects.models import Redirect
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db
PREFIX = "/admin/content/"


def addresses(patterns: list[Any], before: str = PREFIX) -> Iterator[str]:
    """Yield every address of the editor with something in the place of each part that varies."""
    for pattern in patterns:
        route = str(pattern.pattern)
        filled = before + "".join(part if index % 2 == 0 else _filled(part) for index, part in enumerate(_parts(route)))
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, filled)
        elif "^" not in route:
            yield filled


def _parts(route: str) -> list[str]:
    return route.replace(">", "<").split("<")


def _filled(part: str) -> str:
    return "1" if part.startswith("int:") else "x"


def editor_addresses() -> list[str]:
    from duli.web.backoffice.content import urls

    mounted = next(
        entry for entry in urls.urlpatterns if isinstance(entry, URLResolver) and str(entry.pattern) == "admin/content/"
    )
    return sorted(set(addresses(mounted.url_patterns)))


def test_every_address_of_the_editor_stands_behind_the_guard() -> None:
    from duli.web.backoffice.content import urls

    def views(patterns: list[Any]) -> Iterator[Any]:
        for entry in patterns:
            if isinstance(entry, URLPattern):
                yield entry.callback
            else:
                yield from views(entry.url_patterns)

    mounted = urls.urlpatterns[-1]
    assert isinstance(mounted, URLResolver)
    found = list(views(mounted.url_patterns))
    assert len(found) > 80
    assert {(view.permission, view.write) for view in found} == {("content.edit", "content.edit")}


REFUSED = [role for role in ROLES if "content.edit" not in GRANTS[role]]


@pytest.mark.parametrize("role", ["", *REFUSED])
def test_who_may_not_edit_content_opens_nothing(sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    for address in editor_addresses():
        assert client.get(address).status_code == 403, address
        assert client.post(address).status_code == 403, address


def test_who_may_edit_content_finds_no_address_that_breaks(sign_in: SignIn) -> None:
    client = sign_in("catalogue")
    client.raise_request_exception = False
    for address in editor_addresses():
        assert client.get(address).status_code < 500, address


def test_strangers_are_sent_to_our_login(shop: None) -> None:
    for address in (PREFIX, f"{PREFIX}blog/", f"{PREFIX}pages/1/edit/", f"{PREFIX}sprite/"):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_what_the_back_office_has_itself_is_closed(owner: Client) -> None:
    for part in ("account/", "logout/", "login/", "workflows/list/", "reports/locked/", "api/main/pages/", "sites/"):
        assert owner.get(PREFIX + part).status_code == 404, part


def _body(*blocks: tuple[str, str]) -> dict[str, str]:
    """Return the fields of a body that was filled in, as the editor sends them."""
    fields = {"body-count": str(len(blocks))}
    for index, (kind, value) in enumerate(blocks):
        fields |= {
            f"body-{index}-deleted": "",
            f"body-{index}-order": str(index),
            f"body-{index}-type": kind,
            f"body-{index}-id": "",
            f"body-{index}-value": value,
        }
    return fields


def rich(text: str) -> str:
    block = {"key": "a", "text": text, "type": "unstyled", "depth": 0, "inlineStyleRanges": [], "entityRanges": []}
    return json.dumps({"blocks": [block], "entityMap": {}})


def form(**values: str) -> dict[str, str]:
    return {
        "title": "春茶",
        "slug": "",
        "seo_title": "",
        "search_description": "",
        "excerpt": "",
        "author": "",
        "cover": "",
        "date": "2026-11-20",
        "tags": "",
        "texts-TOTAL_FORMS": "0",
        "texts-INITIAL_FORMS": "0",
        "go_live_at": "",
        "expire_at": "",
        **_body(("heading", "新到"), ("text", rich("今年的第一批"))),
        **values,
    }


def add_address() -> str:
    return f"{PREFIX}pages/add/content/blogpost/{services.blog_index().pk}/"


def test_a_second_post_of_the_same_title_gets_an_address_of_its_own(owner: Client) -> None:
    for _ in range(2):
        # As the editor sends it by itself: with the address it made of the title.
        owner.post(add_address(), form(title="Spring tea", slug="spring-tea"), headers={"Accept": "application/json"})
    second = BlogPost.objects.order_by("-pk")[0]
    assert [post.slug for post in BlogPost.objects.order_by("pk")] == ["spring-tea", "spring-tea-2"]
    edit = f"{PREFIX}pages/{second.pk}/edit/"
    again = form(title="Spring tea", slug="spring-tea")
    assert owner.post(edit, again, headers={"Accept": "application/json"}).status_code == 200
    second.refresh_from_db()
    assert second.slug == "spring-tea-2"
    # An address that was wished for is not changed behind the writer's back.
    owner.post(edit, form(title="New tea", slug="spring-tea"))
    assert second.get_latest_revision_as_object().title == "Spring tea"


def test_a_post_is_drafted_previewed_published_and_moved(
    owner: Client, django_capture_on_commit_callbacks: Any
) -> None:
    assert owner.get(add_address()).status_code == 200
    answer = owner.post(add_address(), form(tags="茶"))
    post = BlogPost.objects.get()
    assert answer["Location"] == f"{PREFIX}pages/{post.pk}/edit/"
    assert (post.slug, post.live, post.author) == ("chun-cha", False, "")
    assert Client().get("/blog/chun-cha").status_code == 404

    edit = f"{PREFIX}pages/{post.pk}/edit/"
    preview = owner.get(f"{PREFIX}pages/{post.pk}/view_draft/").content.decode()
    assert "今年的第一批" in preview
    assert "page-post" in preview
    assert "noindex" in preview

    with django_capture_on_commit_callbacks(execute=True):
        owner.post(edit, form(slug="chun-cha", **{"action-publish": "1"}))
    reset_caches()
    assert "今年的第一批" in Client().get("/blog/chun-cha").content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        owner.post(edit, form(slug="spring-tea", title="新茶", **{"action-publish": "1"}))
    reset_caches()
    assert Client().get("/blog/chun-cha")["Location"] == "/blog/spring-tea"
    assert "新茶" in Client().get("/blog/spring-tea").content.decode()
    assert owner.get(f"{PREFIX}pages/{post.pk}/history/").status_code == 200
    first, *_, last = post.revisions.order_by("pk").values_list("pk", flat=True)
    assert owner.get(f"{PREFIX}pages/{post.pk}/revisions/compare/{first}...{last}/").status_code == 200


def test_the_live_preview_shows_what_is_being_written_in_either_language(owner: Client) -> None:
    post = services.publish_post(title="旧", slug="tea")
    panel = f"{PREFIX}pages/{post.pk}/edit/preview/"
    texts = {
        "texts-TOTAL_FORMS": "1",
        "texts-0-language": "en",
        "texts-0-title": "Being written",
        "texts-0-excerpt": "",
        "texts-0-seo_title": "",
        "texts-0-seo_description": "",
        "texts-0-id": "",
        "texts-0-ORDER": "1",
        "texts-0-DELETE": "",
        "texts-0-body-count": "0",
    }
    answer = owner.post(panel, form(title="正在写", slug="tea", **texts))
    assert answer.json() == {"is_valid": True, "is_available": True}
    assert "正在写" in owner.get(f"{panel}?mode=zh-hans&in_preview_panel=true").content.decode()
    english = owner.get(f"{panel}?mode=en").content.decode()
    assert "Being written" in english
    assert '<html lang="en">' in english
    reset_caches()
    assert "正在写" not in Client().get("/blog/tea").content.decode()
    assert not PageText.objects.exists()


def test_who_saves_second_is_told_first_and_keeps_both(owner: Client, sign_in: SignIn) -> None:
    post = services.publish_post(title="春茶", slug="tea")
    edit = f"{PREFIX}pages/{post.pk}/edit/"
    opened = post.get_latest_revision()
    seen = {"loaded_revision_id": str(opened.pk), "loaded_revision_created_at": opened.created_at.isoformat()}
    owner.post(edit, form(slug="tea", title="她的", **seen))
    theirs = BlogPost.objects.get().get_latest_revision()
    refused = sign_in("catalogue").post(edit, form(slug="tea", title="他的", **seen, **{"action-publish": "1"}))
    page = refused.content.decode()
    assert "after you had opened it" in page
    assert 'value="他的"' in page
    assert f'name="loaded_revision_id" value="{theirs.pk}"' in page
    assert BlogPost.objects.get().get_latest_revision().pk == theirs.pk
    assert BlogPost.objects.get().title == "春茶"
    again = {"loaded_revision_id": str(theirs.pk), "loaded_revision_created_at": theirs.created_at.isoformat()}
    owner.post(edit, form(slug="tea", title="他的", **again, **{"action-publish": "1"}))
    assert BlogPost.objects.get().title == "他的"
    assert post.revisions.filter(content__title="她的").exists()


def test_the_first_version_of_a_page_that_nobody_typed_can_be_restored(owner: Client) -> None:
    post = services.publish_post(title="春茶", slug="tea")
    first = post.get_latest_revision()
    owner.post(f"{PREFIX}pages/{post.pk}/edit/", form(slug="tea", title="新茶", **{"action-publish": "1"}))
    history = owner.get(f"{PREFIX}pages/{post.pk}/history/").content.decode()
    assert f"/revisions/{first.pk}/revert/" in history


def test_a_page_that_waits_for_its_time_says_so_in_chinese(owner: Client) -> None:
    post = services.publish_post(title="春茶", slug="tea")
    post.go_live_at = now() + timedelta(days=2)
    post.save_revision(approved_go_live_at=post.go_live_at)
    User.objects.update(language="zh-hans")
    page = owner.get(f"{PREFIX}pages/{post.pk}/edit/").content.decode()
    assert "已锁定，将于" in page
    assert "has been scheduled" not in page


def test_who_restores_a_version_is_told_of_a_newer_one_first(owner: Client, sign_in: SignIn) -> None:
    post = services.publish_post(title="春茶", slug="tea")
    first = post.get_latest_revision()
    edit = f"{PREFIX}pages/{post.pk}/edit/"
    owner.post(edit, form(slug="tea", title="新茶"))
    restore = f"{PREFIX}pages/{post.pk}/revisions/{first.pk}/revert/"
    opened = BlogPost.objects.get().get_latest_revision()
    page = owner.get(restore).content.decode()
    assert f'name="loaded_revision_id" value="{opened.pk}"' in page
    seen = {"loaded_revision_id": str(opened.pk), "loaded_revision_created_at": opened.created_at.isoformat()}
    sign_in("catalogue").post(edit, form(slug="tea", title="她的", **seen))
    theirs = BlogPost.objects.get().get_latest_revision()
    refused = owner.post(restore, form(slug="tea", title="春茶", **seen, **{"action-publish": "1"}))
    assert "after you had opened it" in refused.content.decode()
    assert BlogPost.objects.get().get_latest_revision().pk == theirs.pk
    again = {"loaded_revision_id": str(theirs.pk), "loaded_revision_created_at": theirs.created_at.isoformat()}
    owner.post(restore, form(slug="tea", title="春茶", **again))
    assert BlogPost.objects.get().get_latest_revision_as_object().title == "春茶"
    assert post.revisions.filter(content__title="她的").exists()


def test_the_editors_pages_are_valid_where_wagtails_templates_are_not(owner: Client) -> None:
    from html5lib import parse

    english = {"en": {"title": "Spring tea"}}
    post = services.publish_post(title="春茶", slug="tea", texts=english)
    for address in (add_address(), f"{PREFIX}pages/{post.pk}/edit/", f"{PREFIX}pages/{post.pk}/history/"):
        tree = parse(owner.get(address).content.decode(), namespaceHTMLElements=False)
        ids = {element.get("id"): element for element in tree.iter() if element.get("id")}
        for button in [*tree.iter("button"), *tree.iter("label")]:
            assert button.find(".//div") is None, button.attrib
        for field in tree.iter("input"):
            said = [name for name in field.attrib if name.startswith("aria-")]
            assert field.get("type") != "hidden" or not said, field.attrib
        for label in tree.iter("label"):
            wanted = label.get("for")
            assert not wanted or ids[wanted].get("type") != "hidden", label.attrib
        assert all(image.get("src") for image in tree.iter("img"))
        assert all(select.get("maxlength") is None for select in tree.iter("select"))
        assert all(not (frame.text or "").strip() and not len(frame) for frame in tree.iter("iframe"))
        for instant in tree.iter("time"):
            assert datetime.fromisoformat(instant.get("datetime") or "").microsecond == 0


def test_the_lists_say_what_is_published_planned_and_translated(owner: Client) -> None:
    english = {"en": {"title": "Spring tea"}}
    post = services.publish_post(title="春茶", slug="tea", tags=["茶"], texts=english)
    services.publish_post(title="冬茶", slug="winter")
    factories.market()
    page = owner.get(f"{PREFIX}blog/").content.decode()
    assert f"{PREFIX}pages/{post.pk}/edit/" in page
    assert "冬茶" not in owner.get(f"{PREFIX}blog/?q=spring").content.decode()
    assert "春茶" in owner.get(f"{PREFIX}blog/?q=spring").content.decode()
    assert "春茶" not in owner.get(f"{PREFIX}blog/?view=draft").content.decode()
    post.title, post.go_live_at = "新春茶", now() + timedelta(days=2)
    post.save_revision(approved_go_live_at=post.go_live_at)
    planned = owner.get(f"{PREFIX}blog/?view=scheduled").content.decode()
    assert "新春茶" in planned
    assert "Goes live" in planned
    assert "冬茶" not in planned
    assert "No pages yet" in owner.get(PREFIX).content.decode()


def test_lists_ask_the_same_however_long_they_are(
    owner: Client, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    services.publish_post(title="一", tags=["茶"])
    owner.get(f"{PREFIX}blog/")
    with CaptureQueriesContext(connection) as asked:
        owner.get(f"{PREFIX}blog/")
        few = len(asked)
    for number in range(12):
        services.publish_post(title=f"文 {number}", tags=["茶", f"话题 {number}"])
    owner.get(f"{PREFIX}blog/")
    with django_assert_num_queries(few):
        owner.get(f"{PREFIX}blog/")
    with django_assert_max_num_queries(20):
        owner.get(f"{PREFIX}topics/")


def test_wagtails_own_lists_lead_to_ours(owner: Client) -> None:
    assert owner.get(f"{PREFIX}pages/{services.blog_index().pk}/")["Location"] == f"{PREFIX}blog/"
    for address in ("pages/", f"pages/{services.trunk().pk}/"):
        assert owner.get(PREFIX + address)["Location"] == PREFIX


def test_the_questions_are_asked_in_our_words(owner: Client) -> None:
    post = services.publish_post(title="春茶", slug="tea")
    above = f"{PREFIX}pages/{post.pk}/"
    copy = owner.get(f"{above}copy/").content.decode()
    assert "Address" in copy
    assert "New slug" not in copy
    assert "cannot be undone" in owner.get(f"{above}delete/").content.decode()
    assert (
        owner.post(
            f"{above}copy/",
            {"new_title": "秋茶", "new_slug": "autumn", "new_parent_page": str(services.blog_index().pk)},
        ).status_code
        < 400
    )
    assert owner.post(f"{above}unpublish/").status_code == 302
    assert not BlogPost.objects.get(pk=post.pk).live


def test_topics_are_named_in_every_language_and_deleted(owner: Client) -> None:
    services.publish_post(title="春茶", slug="tea", tags=["茶"])
    topics = f"{PREFIX}topics/"
    key = BlogTag.objects.get().pk
    assert "茶" in owner.get(topics).content.decode()
    assert owner.post(f"{topics}{key}/", {"name": "绿茶"}).status_code == 302
    assert BlogTag.objects.get().name == "绿茶"
    assert owner.post(f"{topics}0/", {"name": "器物"}).status_code == 302
    assert owner.post(f"{topics}0/", {"name": "绿茶"}).status_code == 409
    assert owner.post(f"{topics}0/", {"name": "x" * 500}).status_code == 422
    assert owner.get(f"{topics}99999/").status_code == 404
    assert "1 post" in owner.get(f"{topics}{key}/delete/").content.decode()
    assert owner.post(f"{topics}{key}/delete/").status_code == 302
    assert [tag.name for tag in BlogTag.objects.all()] == ["器物"]
    assert BlogPost.objects.count() == 1


def test_a_wrong_form_is_told_and_changes_nothing(owner: Client) -> None:
    services.save_page(title="条款", handle="terms")
    below = services.trunk().pk
    answer = owner.post(
        f"{PREFIX}pages/add/content/standardpage/{below}/",
        form(title="条款", slug="terms", menu="none", **{"action-publish": "1"}),
    )
    assert answer.status_code == 200
    assert "legal texts" in answer.content.decode()
    owner.post(add_address(), form(title="", **{"action-publish": "1"}))
    owner.post(add_address(), form(title="x" * 5000, **{"action-publish": "1"}))
    assert not StandardPage.objects.exists()
    assert not BlogPost.objects.exists()
    assert not Redirect.objects.exists()


def test_the_area_is_in_our_shell_language_and_appearance(sign_in: SignIn) -> None:
    for language, words in (("zh-hans", "博客"), ("en", "Blog")):
        client = sign_in("catalogue", language)
        client.cookies["desk_theme"] = "dark"
        html = client.get(add_address()).content.decode()
        assert "side-link" in html
        assert html.count('id="wagtail-sidebar"') == 0
        assert words in html
        assert 'data-theme="dark"' in html
        assert "w-theme-dark" in html
        assert "/admin/settings/" not in html


def test_the_policy_is_wider_in_the_editor_only(owner: Client) -> None:
    editor = owner.get(add_address())["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" in editor
    for address in ("/admin/", "/blog", f"{PREFIX}blog/"):
        assert "unsafe-inline" not in owner.get(address)["Content-Security-Policy"]


def picture() -> io.BytesIO:
    found = io.BytesIO()
    Image.new("RGB", (400, 300), "#2f6f62").save(found, "PNG")
    found.seek(0)
    found.name = "leaf.png"
    return found


def test_pictures_come_from_the_one_library(owner: Client, sign_in: SignIn) -> None:
    window = f"{PREFIX}pictures/create/"
    answer = owner.post(window, {"file": picture(), "alt": "一片叶子"})
    asset = Asset.objects.get()
    assert answer.json()["result"]["id"] == str(asset.pk)
    assert asset.alt == "一片叶子"
    assert "一片叶子" in owner.get(f"{PREFIX}pictures/").json()["html"]
    assert "一片叶子" in owner.get(f"{PREFIX}pictures/results/?q=叶子").content.decode()
    assert "一片叶子" not in owner.get(f"{PREFIX}pictures/results/?q=花").content.decode()
    assert owner.get(f"{PREFIX}pictures/chosen/{asset.pk}/").json()["result"]["preview"]["url"].startswith("/media/r/")
    for wrong in ("0", "x", "9" * 40):
        assert owner.get(f"{PREFIX}pictures/chosen/{wrong}/").status_code == 404
    broken = io.BytesIO(b"no picture")
    broken.name = "leaf.png"
    refused = owner.post(window, {"file": broken})
    assert refused.json()["step"] == "reshow_creation_form"
    assert Asset.objects.count() == 1


def test_products_are_found_by_their_title(owner: Client) -> None:
    item = factories.product("龙井绿茶", price=8800)
    assert "龙井绿茶" in owner.get(f"{PREFIX}products/").json()["html"]
    assert "龙井绿茶" in owner.get(f"{PREFIX}products/results/?q=绿茶").content.decode()
    assert owner.get(f"{PREFIX}products/chosen/{item.pk}/").json()["result"]["title"] == "龙井绿茶"
    assert owner.get(f"{PREFIX}products/chosen/x/").status_code == 404


def test_a_start_of_the_shop_does_not_load_the_editor() -> None:
    import subprocess
    import sys

    code = (
        "import django, sys; django.setup(); from django.urls import get_resolver, reverse;"
        "get_resolver().url_patterns; reverse('storefront:blog');"
        "print([m for m in sys.modules if m in {'wagtail.admin.urls', 'wagtail.admin.wagtail_hooks', 'wagtail.images',"
        " 'wagtail.users.views.users', 'duli.web.backoffice.content.urls'}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", done.stdout
