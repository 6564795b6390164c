"""The verbs and reads behind pages and blog."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.growth.content import selectors, services
from duli.growth.content.jobs import publish_due
from duli.growth.content.models import BlogPost, BlogTag, ContentHome, StandardPage
from duli.growth.content.types import PageHandleTaken
from duli.platform.redirects.models import Redirect
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def test_a_chinese_title_becomes_a_pinyin_address() -> None:
    assert services.publish_post(title="春茶来了").slug == "chun-cha-lai-le"
    assert services.publish_post(title="春茶来了").slug == "chun-cha-lai-le-2"


def test_a_post_is_read_in_the_language_it_is_written_in() -> None:
    services.publish_post(
        title="春茶", slug="tea", excerpt="新到", tags={"茶": {"en": "Tea"}}, texts={"en": {"title": "Spring tea"}}
    )
    services.publish_post(title="只有中文", slug="only", excerpt="中文")
    reset_caches()
    english = selectors.post("tea", "en")
    assert english is not None
    assert (english.title, english.language, english.languages) == ("Spring tea", "en", ("zh-hans", "en"))
    assert [tag.name for tag in english.tags] == ["Tea"]
    other = selectors.post("only", "en")
    assert other is not None
    assert (other.title, other.language, other.languages) == ("只有中文", "zh-hans", ("zh-hans",))
    cards = {card.slug: card.title for card in selectors.posts("en").posts}
    assert cards == {"tea": "Spring tea", "only": "只有中文"}


def test_a_draft_is_read_by_nobody() -> None:
    post = services.publish_post(title="旧题", slug="tea", tags=["茶"])
    post.title = "新题"
    post.save_revision()
    reset_caches()
    found = selectors.post("tea", "zh-hans")
    assert found is not None
    assert found.title == "旧题"
    post.unpublish()
    reset_caches()
    assert selectors.post("tea", "zh-hans") is None
    assert selectors.posts("zh-hans").total == 0
    assert selectors.tag_by_slug("cha", "zh-hans") is None
    assert not selectors.has_posts()
    assert selectors.page_addresses() == []


def test_a_scheduled_post_appears_and_an_expired_page_goes() -> None:
    post = services.publish_post(title="以后", slug="later")
    post.unpublish()
    post.go_live_at = now() + timedelta(hours=1)
    post.save_revision().publish()
    assert not BlogPost.objects.get().live
    publish_due.function()
    assert not BlogPost.objects.get().live
    waiting = post.revisions.get(approved_go_live_at__isnull=False)
    waiting.approved_go_live_at = now() - timedelta(minutes=1)
    waiting.content["go_live_at"] = waiting.approved_go_live_at.isoformat()
    waiting.save()
    page = services.publish_page(title="活动", slug="sale")
    StandardPage.objects.filter(pk=page.pk).update(expire_at=now() - timedelta(minutes=1))
    assert services.publish_due() == 2
    assert BlogPost.objects.get().live
    assert not StandardPage.objects.get().live
    assert services.publish_due() == 0


def test_a_new_address_leaves_a_way_from_the_old_one(django_capture_on_commit_callbacks: Any) -> None:
    post = services.publish_post(title="茶", slug="tea")
    post.slug = "green-tea"
    post.save_revision()
    assert not Redirect.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        post.get_latest_revision().publish()
    assert [(row.source, row.target) for row in Redirect.objects.all()] == [("/blog/tea", "/blog/green-tea")]


def test_pages_and_legal_texts_share_no_address() -> None:
    services.save_page(title="条款", handle="terms")
    with pytest.raises(PageHandleTaken):
        services.publish_page(title="条款", slug="terms")
    services.publish_page(title="关于", slug="about")
    with pytest.raises(PageHandleTaken):
        services.save_page(title="关于", handle="about")
    with pytest.raises(InvalidInput):
        services.publish_page(title=" ")


def test_pages_of_the_editor_stand_in_the_menu_they_name() -> None:
    services.publish_page(title="关于", slug="about", menu="about", texts={"en": {"title": "About"}})
    services.publish_page(title="秘密", slug="secret")
    services.save_page(title="条款", handle="terms", menu="help")
    reset_caches()
    assert [(link.handle, link.title, link.menu) for link in selectors.menu_links("en")] == [
        ("about", "About", "about"),
        ("terms", "条款", "help"),
    ]


def test_the_list_of_posts_costs_the_same_for_one_and_for_many() -> None:
    def cost() -> int:
        reset_caches()
        with CaptureQueriesContext(connection) as queries:
            selectors.posts("en")
        return len(queries)

    services.publish_post(title="一", tags=["茶"], texts={"en": {"title": "One"}})
    cost()  # what a process reads once
    first = cost()
    for number in range(8):
        services.publish_post(
            title=f"文 {number}", tags=["茶", f"话题 {number}"], texts={"en": {"title": f"P {number}"}}
        )
    assert cost() == first


def test_newest_first_in_pages_of_twelve() -> None:
    for number in range(14):
        services.publish_post(title=f"文 {number}", slug=f"p{number}", date=date(2026, 1, 1) + timedelta(days=number))
    found = selectors.posts("zh-hans")
    assert (found.total, found.pages, len(found.posts)) == (14, 2, 12)
    assert found.posts[0].slug == "p13"
    assert [card.slug for card in selectors.posts("zh-hans", page=2).posts] == ["p1", "p0"]
    assert len(selectors.feed_posts("zh-hans")) == 14


def test_the_trunk_grows_again_in_an_emptied_database() -> None:
    from wagtail.models import Page as TreePage

    TreePage.objects.all().delete()
    services.publish_post(title="茶", slug="tea")
    services.publish_page(title="关于", slug="about")
    assert ContentHome.objects.count() == 1
    assert TreePage.find_problems() == ([], [], [], [], [])


def test_topics_are_written_once() -> None:
    services.publish_post(title="一", tags=["茶"])
    services.publish_post(title="二", tags=["茶"])
    assert [tag.slug for tag in BlogTag.objects.all()] == ["cha"]
