"""The blog and the editor's pages as shoppers, feed readers and search engines get them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.commerce.catalogue.models import Product
from duli.growth.content import services
from duli.growth.content.models import BlogPost
from duli.platform.store.changes import reset_caches
from tests.web.storefront.conftest import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(chair: Product) -> BlogPost:
    found = services.publish_post(
        title="一把椅子",
        slug="a-chair",
        author="林青",
        excerpt="从椅子开始",
        tags={"家具": {"en": "Furniture"}},
        body=[
            ("heading", "坐下"),
            ("text", '<p>看<a href="/collections/all">全部</a><script>alert(1)</script></p>'),
            ("products", [chair.pk]),
            ("quote", {"text": "好坐", "source": "客人"}),
            ("button", {"label": "去看看", "link": "/collections"}),
            ("questions", [{"question": "能退吗？", "answer": "<p>能</p>"}]),
        ],
        texts={
            "en": {
                "title": "A chair",
                "excerpt": "Begin with a chair",
                "body": [("text", '<p>See <a href="/collections/all">all</a></p>'), ("products", [chair.pk])],
            }
        },
    )
    reset_caches()
    return found


def json_ld(html: str) -> list[dict[str, Any]]:
    return [json.loads(part) for part in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)]


def test_a_post_shows_its_blocks_and_nothing_that_runs(browser: Browser, post: BlogPost) -> None:
    answer = browser.get("/blog/a-chair")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.count("<h1") == 1
    for words in ("一把椅子", "林青", "坐下", "好坐", "去看看", "能退吗？", "/products/chair", "/blog/topics/jia-ju"):
        assert words in html
    assert "alert(1)" not in html
    assert "wagtail" not in html.lower()


def test_a_post_tells_search_engines_what_it_is(browser: Browser, post: BlogPost) -> None:
    html = browser.get("/en/blog/a-chair").content.decode()
    found = {entry["@type"]: entry for entry in json_ld(html)}
    assert found["BlogPosting"]["headline"] == "A chair"
    assert found["BlogPosting"]["inLanguage"] == "en"
    assert found["BlogPosting"]["author"]["name"] == "林青"
    assert len(found["BreadcrumbList"]["itemListElement"]) == 3
    assert '<meta property="og:type" content="article">' in html
    assert '<meta name="description" content="Begin with a chair">' in html
    assert re.search(r'<link rel="canonical" href="[^"]*/en/blog/a-chair">', html)
    assert re.search(r'hreflang="zh-Hans" href="[^"]*/blog/a-chair"', html)
    assert 'href="/en/collections/all"' in html


def test_what_is_not_translated_is_the_original_for_search_engines(browser: Browser, post: BlogPost) -> None:
    services.publish_post(title="只有中文", slug="only")
    reset_caches()
    html = browser.get("/en/blog/only").content.decode()
    assert re.search(r'<link rel="canonical" href="[^"]*:\d+/blog/only">', html)
    assert 'rel="alternate" hreflang' not in html
    assert '<article class="post" lang="zh-Hans">' in html


def test_the_list_the_topic_and_the_footer_lead_to_the_post(browser: Browser, post: BlogPost) -> None:
    for path in ("/blog", "/blog/topics/jia-ju", "/en/blog"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "/blog/a-chair" in answer.content.decode()
    assert 'href="/blog"' in browser.get("/").content.decode()
    assert "Furniture" in browser.get("/en/blog/topics/jia-ju").content.decode()
    for path in ("/blog/nope", "/blog/topics/nope", "/blog?page=2", "/blog?page=x", "/blog?page=0999999999"):
        assert browser.get(path).status_code == 404, path


def test_an_address_with_a_slash_leads_to_the_one_without(browser: Browser, post: BlogPost) -> None:
    assert browser.get("/blog/")["Location"] == "/blog"
    answer = browser.get("/en/blog/a-chair/")
    assert (answer.status_code, answer["Location"]) == (301, "/en/blog/a-chair")


def test_the_feed_is_well_formed_and_escaped(browser: Browser, post: BlogPost) -> None:
    from xml.etree import ElementTree

    services.publish_post(title="茶 & <椅>", slug="amp", excerpt="a < b & c")
    answer = browser.get("/en/blog/feed.xml")
    assert answer["Content-Type"].startswith("application/rss+xml")
    channel = ElementTree.fromstring(answer.content).find("channel")
    assert channel is not None
    titles = {item.findtext("title"): item for item in channel.findall("item")}
    assert set(titles) == {"A chair", "茶 & <椅>"}
    assert (titles["A chair"].findtext("link") or "").endswith("/en/blog/a-chair")
    assert titles["A chair"].findtext("category") == "Furniture"
    assert titles["A chair"].findtext("pubDate")


def test_the_sitemap_names_each_language_it_is_written_in(browser: Browser, post: BlogPost) -> None:
    services.publish_page(title="关于", slug="about")
    xml = browser.get("/sitemaps/shop.xml").content.decode()
    assert "/en/blog/a-chair</loc>" in xml
    assert "/blog</loc>" in xml
    assert "/pages/about</loc>" in xml
    assert "/en/pages/about</loc>" not in xml


def test_drafts_are_not_found_and_moved_posts_are(
    browser: Browser, post: BlogPost, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        post.slug = "the-chair"
        post.save_revision().publish()
    reset_caches()
    answer = browser.get("/en/blog/a-chair")
    assert (answer.status_code, answer["Location"]) == (301, "/en/blog/the-chair")
    post.unpublish()
    reset_caches()
    assert browser.get("/blog/the-chair").status_code == 404


def test_a_kept_page_is_forgotten_when_the_post_is_published_again(
    browser: Browser, post: BlogPost, django_capture_on_commit_callbacks: Any
) -> None:
    first = browser.get("/blog/a-chair")
    with CaptureQueriesContext(connection) as queries:
        again = browser.get("/blog/a-chair")
    assert again.content == first.content
    assert len(queries) == 0
    with django_capture_on_commit_callbacks(execute=True):
        post.title = "两把椅子"
        post.save_revision().publish()
    assert "两把椅子" in browser.get("/blog/a-chair").content.decode()
    assert "两把椅子" in browser.get("/blog").content.decode()


@pytest.mark.parametrize("path", ["/blog", "/blog/a-chair", "/en/blog/a-chair", "/pages/about"])
def test_a_page_costs_few_statements(
    browser: Browser, post: BlogPost, path: str, django_capture_on_commit_callbacks: Any
) -> None:
    services.publish_page(title="关于", slug="about", body=[("text", "<p>x</p>")])
    browser.get("/blog/a-chair")
    browser.get("/en/blog/a-chair")
    # A publication makes a process forget its pages; what else it knows stays.
    with django_capture_on_commit_callbacks(execute=True):
        services.note_change(page=post)
    browser.get("/")
    browser.get("/en/")
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path).status_code == 200
    assert len(queries) <= 8, [query["sql"][:80] for query in queries]


def test_pages_are_valid_html(browser: Browser, post: BlogPost) -> None:
    import html5lib

    for path in ("/blog", "/blog/a-chair", "/en/blog/a-chair"):
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(browser.get(path).content.decode())
        assert [error[1] for error in parser.errors] == [], path
