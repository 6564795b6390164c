from __future__ import annotations

import pytest

from duli.base.text import clean_html, mask_email, mask_phone, one_line, plain_text, reading_order, safe_url, slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Café Crème № 5", "cafe-creme-no-5"),
        ("手工陶瓷杯", "shou-gong-tao-ci-bei"),
        ("iPhone 手机壳", "iphone-shou-ji-ke"),
        ("  --__ ", ""),
        ("🍵", ""),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slugify(text) == slug


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>ok",
        '<img src=x onerror="alert(1)">ok',
        '<a href="javascript:alert(1)">ok</a>',
        '<svg onload="alert(1)">ok</svg>',
        "<iframe src='https://x.example'></iframe>ok",
        '<p style="position:fixed">ok</p>',
    ],
)
def test_nothing_that_runs_survives(html: str) -> None:
    cleaned = clean_html(html)
    assert "ok" in cleaned
    for danger in ("script", "onerror", "javascript", "onload", "iframe", "style"):
        assert danger not in cleaned


def test_what_merchants_write_survives() -> None:
    html = "<h2>Care</h2><ul><li>Wash <strong>cold</strong></li></ul><table><tr><td>1</td></tr></table>"
    assert "<strong>cold</strong>" in clean_html(html)
    assert "<td>1</td>" in clean_html(html)


def test_plain_text_reads_like_the_page() -> None:
    assert plain_text("<p>One &amp; two</p><p>three</p>") == "One & two three"
    assert plain_text("5 > 4 \n \u00a0 so it is") == plain_text("<i>5 > 4</i> \n \u00a0 so it is") == "5 > 4 so it is"
    assert plain_text("<p>" + "long " * 50 + "</p>", 20) == "long long long long…"


def test_one_line_takes_out_control_characters() -> None:
    assert one_line("a\x00b\n\n c\u200b\ufeff ", 100).startswith("ab c")
    assert one_line("x\ud800y") == "xy"


def test_masks_show_only_the_ends() -> None:
    assert mask_email("lin@example.com") == "l***@example.com"
    assert mask_phone("+8613800138000") == "+86****8000"
    assert mask_phone("123") == "****"


def test_only_web_addresses_are_safe() -> None:
    assert safe_url("https://a.example/x") == "https://a.example/x"
    assert safe_url("javascript:alert(1)") == ""
    assert safe_url("//a.example") == ""
    assert safe_url("http://[") == ""


def test_names_stand_where_readers_look_for_them() -> None:
    assert sorted(["Zypern", "Österreich", "Ägypten", "Andorra"], key=reading_order)[0] == "Ägypten"
    assert "".join(sorted("中美德阿英", key=reading_order)) == "阿德美英中"
