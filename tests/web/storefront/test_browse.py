from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.commerce.catalogue import services
from duli.commerce.catalogue.models import Product
from duli.commerce.catalogue.types import ProductDraft
from duli.growth.content.services import save_page
from duli.platform.search import services as search
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.web.storefront.conftest import Browser

pytestmark = pytest.mark.django_db
PAGES = [
    "/",
    "/collections",
    "/collections/all",
    "/collections/chairs",
    "/products/chair",
    "/search?q=",
    "/pages/about",
]


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def json_ld(html: str) -> list[dict]:
    return [json.loads(part) for part in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)]


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_in_both_languages(browser: Browser, chair: Product, prefix: str, path: str) -> None:
    save_page(title="关于", handle="about", body_html="<p>你好</p>", menu="about", texts={"en": {"title": "About"}})
    reset_caches()
    response = browser.get(prefix + path)
    html = response.content.decode()
    assert response.status_code == 200
    assert f'<html lang="{"en" if prefix else "zh-Hans"}">' in html
    assert response.headers["Content-Language"] == ("en" if prefix else "zh-hans")
    assert html.count("<h1") == 1
    assert re.findall(r"<a\b(?![^>]*\bhref=[\"']?[^\s\"'>])[^>]*>", html) == []
    assert "settings." not in text_of(html)
    assert "general." not in text_of(html)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_pages_are_valid_html(browser: Browser, chair: Product, prefix: str) -> None:
    import html5lib

    save_page(title="关于", handle="about", body_html="<p>你好</p>", menu="about")
    reset_caches()
    for path in PAGES:
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(browser.get(prefix + path).content)
        problems = [error for error in parser.errors if error[1] not in {"unexpected-end-tag-implies-table-voodoo"}]
        assert problems == [], (path, problems)


def test_the_same_page_names_its_other_languages_and_itself(browser: Browser, chair: Product, settings) -> None:
    html = browser.get("/en/products/chair?variant=1").content.decode()
    assert f'<link rel="canonical" href="{settings.PUBLIC_URL}/en/products/chair">' in html
    assert f'hreflang="zh-Hans" href="{settings.PUBLIC_URL}/products/chair"' in html
    assert f'hreflang="en" href="{settings.PUBLIC_URL}/en/products/chair"' in html
    assert 'hreflang="x-default"' in html


def test_nobody_is_sent_to_another_language(browser: Browser, chair: Product) -> None:
    response = browser.get("/", headers={"accept-language": "en"})
    assert response.status_code == 200
    assert b'lang="zh-Hans"' in response.content


def test_the_market_follows_the_language(browser: Browser, chair: Product) -> None:
    assert "¥910" in text_of(browser.get("/products/chair").content.decode())
    english = text_of(browser.get("/en/products/chair").content.decode())
    assert "$130" in english
    assert "Padded chair" in english
    assert "Tax not included" in english


def test_what_a_merchant_wrote_cannot_run(browser: Browser, chair: Product) -> None:
    html = browser.get("/products/chair").content.decode()
    assert "<script>alert" not in html
    assert "软垫<b>" not in html
    found = browser.get("/search", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in found
    ld = json_ld(html)[0]
    assert ld["name"] == "软垫<b>单椅</b>"
    assert "</b>" not in re.findall(r"ld\+json\">(.*?)<", html)[0]


def test_structured_data_tells_the_visible_price_and_stock(browser: Browser, chair: Product) -> None:
    for prefix, currency, price in (("", "CNY", "910.00"), ("/en", "USD", "130.00")):
        html = browser.get(f"{prefix}/products/chair").content.decode()
        product, crumbs = json_ld(html)
        assert product["@type"] == "Product"
        assert crumbs["@type"] == "BreadcrumbList"
        assert product["offers"]["lowPrice"] == product["offers"]["highPrice"] == price
        shown = re.search(r"data-price-now>([^<]+)<", html)
        assert shown
        assert price.removesuffix(".00") in shown[1].replace(",", "")
        states = [offer["availability"].rpartition("/")[2] for offer in product["offers"]["offers"]]
        assert states == ["InStock", "OutOfStock"]
        assert {offer["priceCurrency"] for offer in product["offers"]["offers"]} == {currency}


def test_home_introduces_the_shop_and_its_search(browser: Browser, chair: Product) -> None:
    kinds = [entry["@type"] for entry in json_ld(browser.get("/").content.decode())]
    assert kinds == ["Organization", "WebSite"]


def test_a_variant_can_be_chosen_without_javascript(browser: Browser, chair: Product) -> None:
    small, large = factories.variant_of(chair), factories.variant_of(chair, 1)
    html = browser.get(f"/products/chair?variant={large.pk}").content.decode()
    assert re.search(rf'value="{large.option_value_ids[0]}" data-label="大" checked', html)
    assert "暂时售罄" in html
    assert "opt sold_out" in html
    option = chair.options.get()
    html = browser.get("/products/chair", {f"o{option.pk}": small.option_value_ids[0]}).content.decode()
    assert re.search(rf'value="{small.option_value_ids[0]}" data-label="小" checked', html)


@pytest.mark.parametrize(
    "query", ["variant=99999999999999999999", "variant=abc", "o1=x&o99=1", "variant=%00", "page=%FF"]
)
def test_nonsense_in_the_address_changes_nothing(browser: Browser, chair: Product, query: str) -> None:
    assert browser.get(f"/products/chair?{query}").status_code == 200
    assert browser.get(f"/collections/all?{query}&min=x&max=-1&sort=zzz&option.=1").status_code == 200


def test_a_moved_product_and_category_answer_301_in_their_language(browser: Browser, chair: Product) -> None:
    services.save_product(
        draft=ProductDraft(title="椅", handle="new-chair", status="active"), product_id=chair.pk, actor="user:1"
    )
    reset_caches()
    response = browser.get("/en/products/chair?variant=7")
    assert (response.status_code, response.headers["Location"]) == (301, "/en/products/new-chair?variant=7")
    category = chair.category_links.get().category
    services.save_category(name="椅", handle="seats", category_id=category.pk, actor="user:1")
    reset_caches()
    response = browser.get("/collections/chairs")
    assert (response.status_code, response.headers["Location"]) == (301, "/collections/seats")


@pytest.mark.parametrize("path", ["/nope", "/products/nope", "/en/collections/nope", "/pages/nope", "/sitemaps/x.xml"])
def test_a_wrong_address_is_a_friendly_404(browser: Browser, chair: Product, path: str) -> None:
    response = browser.get(path)
    assert response.status_code == 404
    assert "noindex" in response.content.decode()


def test_filters_stand_in_the_address_and_can_be_taken_back(browser: Browser, chair: Product) -> None:
    factories.product("别的", price=5000)
    reset_caches()
    html = browser.get("/collections/all?option.尺寸=大&min=100").content.decode()
    assert "1 件商品" in html
    assert 'name="robots" content="noindex,follow"' in html
    assert re.search(r'value="大" checked', html)
    chips = re.findall(r'<li><a href="([^"]+)" data-swap>([^<]+)<', html)
    assert [label for _, label in chips] == ["大", "¥100 以上"]
    assert unescape(chips[0][0]) == "/collections/all?min=100"
    empty = browser.get("/collections/all?min=99999999").content.decode()
    assert "没有符合这些条件的商品" in empty


def test_pages_of_a_listing_have_real_addresses(browser: Browser, shop: None) -> None:
    for _ in range(26):
        factories.product()
    reset_caches()
    first = browser.get("/collections/all").content.decode()
    assert first.count('class="card"') == 24
    assert 'href="/collections/all?page=2"' in first
    second = browser.get("/collections/all?page=2").content.decode()
    assert second.count('class="card"') == 2
    assert "/collections/all?page=2" in re.findall(r'rel="canonical" href="([^"]+)"', second)[0]


def test_a_fragment_is_the_listing_alone(browser: Browser, chair: Product) -> None:
    part = browser.get("/collections/all", headers={"x-fragment": "listing"}).content.decode()
    assert "<html" not in part
    assert 'id="filter"' in part


def count_queries(browser: Browser, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert browser.get(path).status_code == 200
    # The look for marks of change happens by the clock, twice a second at most.
    return sum("store_change" not in query["sql"] for query in queries)


def test_a_listing_costs_the_same_with_one_and_with_thirty_products(browser: Browser, shop: None, monkeypatch) -> None:
    monkeypatch.setenv("DULI_PAGE_CACHE", "0")
    small = services.save_category(name="少", handle="few", actor="user:1")
    large = services.save_category(name="多", handle="many", actor="user:1")
    factories.product(category_ids=[small.pk])
    for _ in range(30):
        factories.product(category_ids=[large.pk])
    reset_caches()
    browser.get("/collections/all?min=99999999")
    counts = [count_queries(browser, path) for path in ("/collections/few", "/collections/many")]
    assert counts[0] == counts[1] <= 8
    assert count_queries(browser, "/collections/many") == 0


def test_a_product_page_costs_the_same_with_one_and_with_three_hundred_variants(
    browser: Browser, shop: None, monkeypatch
) -> None:
    monkeypatch.setenv("DULI_PAGE_CACHE", "0")
    one, many = factories.product(sizes=["一"]), factories.product(sizes=[f"{n}" for n in range(300)])
    first = factories.product()
    reset_caches()
    browser.get("/collections/all")
    # What all product pages share is read by the first of them.
    browser.get(f"/products/{first.handle}")
    counts = [count_queries(browser, f"/products/{item.handle}") for item in (one, many)]
    assert counts[0] == counts[1] <= 8


def test_search_finds_suggests_and_offers_something_else(browser: Browser, chair: Product) -> None:
    from duli.commerce.catalogue.documents import documents_for

    search.index(documents=documents_for([chair.pk]))
    reset_caches()
    assert "/products/chair" in browser.get("/search", {"q": "单椅"}).content.decode()
    assert "/en/products/chair" in browser.get("/en/search", {"q": "padded"}).content.decode()
    shown = browser.get("/en/search/suggest", {"q": "padd"}).content.decode()
    assert 'role="listbox"' in shown
    assert "/en/products/chair" in shown
    nothing = browser.get("/search", {"q": "zzzzqqqq"}).content.decode()
    assert "没有找到" in nothing
    assert "/products/chair" in nothing
    assert browser.get("/search/suggest").content == b""
    assert browser.get("/search", {"q": "x" * 5000}).status_code == 200


def test_robots_and_sitemaps_name_every_page_in_every_language(browser: Browser, chair: Product, settings) -> None:
    import xml.etree.ElementTree as ElementTree

    robots = browser.get("/robots.txt").content.decode()
    assert "Disallow: /checkout" in robots
    assert f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml" in robots
    index = ElementTree.fromstring(browser.get("/sitemap.xml").content)
    parts = [node.text or "" for node in index.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    found: list[str] = []
    for part in parts:
        tree = ElementTree.fromstring(browser.get(part.removeprefix(settings.PUBLIC_URL)).content)
        found += [node.text or "" for node in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    for path in ("/", "/en/products/chair", "/products/chair", "/collections/chairs"):
        assert settings.PUBLIC_URL + path in found


def test_assets_can_be_kept_for_good(browser: Browser, chair: Product) -> None:
    html = browser.get("/").content.decode()
    for address in re.findall(r'(?:href|src)="(/assets/[^"]+)"', html):
        response = browser.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["Cache-Control"]
        assert browser.get(address, headers={"accept-encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert browser.get("/assets/celadon/0000000000/nothing.css").status_code == 404
    assert browser.get("/assets/nothing/0000000000/store.css").status_code == 404


def test_styles_and_scripts_stay_small() -> None:
    import gzip

    from duli.platform.themes.engine import ROOT

    sizes = {".css": 0, ".js": 0}
    for file in (ROOT / "themes" / "celadon" / "assets").iterdir():
        if file.suffix in sizes:
            sizes[file.suffix] += len(gzip.compress(file.read_bytes(), 9))
    assert sizes[".css"] <= 60_000
    assert sizes[".js"] <= 40_000


def test_pages_bring_no_inline_styles_or_scripts(browser: Browser, chair: Product) -> None:
    for path in PAGES[:-1]:
        html = browser.get(path).content.decode()
        assert " style=" not in html
        assert "<style" not in html
        for attributes in re.findall(r"<script([^>]*)>", html):
            assert "src=" in attributes or "json" in attributes
        assert not re.search(r"\son[a-z]+=", html)


def test_a_size_guide_is_one_press_away(browser: Browser, chair: Product) -> None:
    assert "size-guide" not in browser.get("/products/chair").content.decode()
    assert browser.get("/products/chair/size-guide").status_code == 404
    services.save_size_guide(
        name="椅子尺寸",
        measures="尺码|座高\n小|42\n大<|46",
        texts={"en": {"name": "Chair sizes"}},
        product_handles=["chair"],
        actor="user:1",
    )
    reset_caches()
    assert 'href="/products/chair/size-guide" data-guide' in browser.get("/products/chair").content.decode()
    html = browser.get("/products/chair/size-guide").content.decode()
    assert '<th scope="row">大&lt;</th><td class="num">46</td>' in html
    assert "Chair sizes" in browser.get("/en/products/chair/size-guide").content.decode()
