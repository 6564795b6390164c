"""Stored bodies become blocks that can do no harm."""

from __future__ import annotations

import pytest

from duli.growth.content.reading import linked_pages, read_blocks, rich_html, safe_link


def block(kind: str, value: object) -> dict[str, object]:
    return {"type": kind, "value": value, "id": "x"}


def test_script_and_handlers_are_taken_out_of_rich_text() -> None:
    html = '<p onclick="x()">hi<script>alert(1)</script> <a href="javascript:x()">bad</a> <b>bold</b></p>'
    assert rich_html(html, {}) == '<p>hi <a rel="noopener noreferrer">bad</a> <b>bold</b></p>'


def test_links_to_pages_follow_their_address_and_end_with_them() -> None:
    html = '<p><a id="7" linktype="page">here</a> and <a linktype="page" id="8">gone</a></p>'
    assert linked_pages([block("text", html)]) == {7, 8}
    assert 'href="/blog/new"' in rich_html(html, {7: "/blog/new"})
    assert rich_html(html, {7: "/blog/new"}).count("href") == 1


@pytest.mark.parametrize("link", ["//evil.example", "javascript:alert(1)", "/\\evil.example", "data:x", "tea", ""])
def test_only_paths_of_the_shop_and_web_addresses_are_links(link: str) -> None:
    assert safe_link(link) == ""
    assert read_blocks([block("button", {"label": "x", "link": link})], {}) == ()


def test_every_kind_is_read_and_empty_ones_are_left_out() -> None:
    raw = [
        block("heading", " Tea "),
        block("text", "<p>x</p>"),
        block("picture", {"picture": 3, "alt": "a", "caption": "c"}),
        block("products", [{"type": "item", "value": 5, "id": "y"}, 6, 5]),
        block("collection", {"collection": "tea", "limit": 99}),
        block("quote", {"text": "q", "source": "s"}),
        block("button", {"label": "Go", "link": "/collections"}),
        block("video", {"url": "https://youtu.be/abcdefghijk", "caption": ""}),
        block("questions", [{"type": "item", "value": {"question": "Why?", "answer": "<p>So</p>"}, "id": "z"}]),
    ]
    found = read_blocks(raw, {})
    assert [entry.kind for entry in found] == [entry["type"] for entry in raw]
    assert found[0].text == "Tea"
    assert found[3].product_ids == (5, 6)
    assert found[4].limit == 12
    assert found[7].player.startswith("https://www.youtube-nocookie.com/")
    assert found[8].questions[0].question == "Why?"
    empty = [
        block("heading", "  "),
        block("picture", {"picture": None}),
        block("products", []),
        block("quote", {"text": ""}),
        block("unknown", {"x": 1}),
        block("text", None),
    ]
    assert read_blocks(empty, {}) == ()
