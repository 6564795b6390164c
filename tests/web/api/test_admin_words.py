"""Values of attributes, promises of back orders and legal texts over the API, each only with its scope."""

from __future__ import annotations

from datetime import date

import pytest

from duli.commerce.catalogue.models import Attribute, AttributeValue, ProductAttribute
from duli.commerce.inventory.models import StockLevel
from duli.growth.content.models import Page
from duli.platform.accounts.models import User
from duli.platform.audit.models import AuditEntry
from duli.platform.store.models import Translation
from duli.platform.store.selectors import current_store, languages
from tests import factories
from tests.web.api.test_admin_api import Call, call, owner, token_for

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def colour() -> Attribute:
    return Attribute.objects.create(code="glaze", name="釉色", kind="colour")


def other_language() -> str:
    return next(code for code in languages() if code != current_store().default_language)


def test_a_list_of_values_is_written_renamed_ordered_and_shortened(call: Call, colour: Attribute) -> None:
    path, other = f"/attributes/{colour.pk}/values", other_language()
    assert call("GET", path)[1]["values"] == []
    body = {"values": [{"text": "青", "swatch": "#2F6F62", "texts": {other: "Celadon"}}, {"text": "白"}]}
    status, made = call("PUT", path, body)
    assert status == 200
    assert [(row["text"], row["swatch"], row["texts"]) for row in made["values"]] == [
        ("青", "#2f6f62", {other: "Celadon"}),
        ("白", "", {}),
    ]
    first, second = (row["id"] for row in made["values"])
    product = factories.product()
    ProductAttribute.objects.create(product=product, attribute=colour, text="青")
    turned = [{"id": second, "text": "白"}, {"id": first, "text": "青瓷", "swatch": "#2f6f62"}]
    found = call("PUT", path, {"values": turned})[1]["values"]
    assert [(row["id"], row["text"], row["texts"], row["products"]) for row in found] == [
        (second, "白", {}, 0),
        (first, "青瓷", {other: "Celadon"}, 1),
    ]
    assert ProductAttribute.objects.get(product=product).text == "青瓷"
    assert [row["text"] for row in call("PUT", path, {"values": turned[1:]})[1]["values"]] == ["青瓷"]
    status, answer = call("PUT", path, {"values": []})
    assert (status, answer["code"]) == (409, "value_in_use")
    assert AttributeValue.objects.filter(attribute=colour).count() == 1


def test_a_list_that_somebody_changed_meanwhile_is_not_written_over(call: Call, colour: Attribute) -> None:
    path = f"/attributes/{colour.pk}/values"
    read = call("PUT", path, {"values": [{"text": "青"}]})[1]
    product = factories.product()
    ProductAttribute.objects.create(product=product, attribute=colour, text="青")
    assert call("GET", path)[1]["version"] == read["version"], "the list itself is the same"
    changed = call("PUT", path, {"values": [{"text": "青"}, {"text": "白"}], "version": read["version"]})[1]
    assert changed["version"] != read["version"]
    status, answer = call("PUT", path, {"values": [{"text": "青"}, {"text": "黑"}], "version": read["version"]})
    assert (status, answer["code"]) == (409, "conflict")
    assert call("GET", path)[1] == changed
    renamed = call("PUT", path, {"values": [{"id": changed["values"][0]["id"], "text": "青瓷"}]})[1]
    assert renamed["version"] != changed["version"]


def test_the_same_call_under_its_key_is_answered_once(call: Call, colour: Attribute) -> None:
    path = f"/attributes/{colour.pk}/values"
    made = call("PUT", path, {"values": [{"text": "青"}]}, key="v1")
    call("PUT", path, {"values": []})
    assert call("PUT", path, {"values": [{"text": "青"}]}, key="v1") == made
    assert not AttributeValue.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " "}, {"text": "白"}, {"text": "x" * 256}, {"text": "青", "swatch": "green"},
        {"text": "青", "texts": {"xx": "Celadon"}}, {"text": "青", "texts": {"zh-hans": "青"}}, {"text": None},
    ],
)  # fmt: skip
def test_nonsense_changes_no_list(call: Call, colour: Attribute, wrong: dict[str, object]) -> None:
    path = f"/attributes/{colour.pk}/values"
    before = call("PUT", path, {"values": [{"text": "白"}]})[1]
    assert call("PUT", path, {"values": [{"text": "白"}, wrong]})[0] == 422
    assert call("GET", path)[1] == before


def test_only_lists_have_values_and_only_attributes_that_there_are(call: Call, colour: Attribute) -> None:
    plain = Attribute.objects.create(code="story", name="Story")
    assert call("PUT", f"/attributes/{plain.pk}/values", {"values": []})[0] == 422
    assert call("PUT", f"/attributes/{colour.pk}/values", {"values": [{"id": 10**17, "text": "青"}]})[0] == 404
    for method in ("GET", "PUT"):
        assert call(method, f"/attributes/{10**25}/values", {"values": []})[0] == 404
    first = call("GET", "/attributes", limit=1)[1]
    assert [row["code"] for row in first["attributes"]] == ["story"]
    last = call("GET", "/attributes", limit=1, after=first["next"])[1]
    assert ([row["code"] for row in last["attributes"]], last["next"]) == (["glaze"], "")
    assert call("GET", "/attributes", after="x")[0] == 422


def test_a_promise_is_read_and_changed_in_part(call: Call) -> None:
    variant, other = factories.variant_of(factories.product()), other_language()
    path = f"/stock/backorders/{variant.pk}"
    place = f"{path}/{factories.location().pk}"
    assert call("GET", path)[1]["backorders"][0]["units"] == 0
    body = {"units": 5, "on": "2030-03-01", "words": "三月发货", "texts": {other: "Ships in March"}}
    status, made = call("PATCH", place, body)
    assert (status, made) == (
        200,
        {"location_id": factories.location().pk, "low_stock_threshold": None, **body},
    )
    assert call("PATCH", place, {"low_stock_threshold": 3})[1] == {**made, "low_stock_threshold": 3}
    assert call("GET", path)[1]["backorders"][0] == {**made, "low_stock_threshold": 3}
    level = StockLevel.objects.get(variant=variant)
    assert (level.backorder_limit, level.backorder_on, level.on_hand) == (5, date(2030, 3, 1), 10)
    emptied = call("PATCH", place, {"on": None, "words": "", "texts": {other: ""}})[1]
    assert emptied == {**made, "low_stock_threshold": 3, "on": None, "words": "", "texts": {}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"units": -1}, {"units": 10**12}, {"units": None}, {"on": "2030-02-31"}, {"words": "x" * 121}, {"words": None},
        {"texts": {"xx": "Soon"}}, {"texts": None}, {"low_stock_threshold": -1}, {"low_stock_threshold": 10**12},
    ],
)  # fmt: skip
def test_nonsense_promises_nothing(call: Call, wrong: dict[str, object]) -> None:
    variant = factories.variant_of(factories.product())
    place = f"/stock/backorders/{variant.pk}/{factories.location().pk}"
    before = call("PATCH", place, {"units": 2, "words": "Soon"})[1]
    assert call("PATCH", place, {"words": "Later", **wrong})[0] == 422
    assert call("GET", f"/stock/backorders/{variant.pk}")[1]["backorders"] == [before]


def test_nothing_is_promised_where_nothing_is_counted(call: Call) -> None:
    free, counted = (factories.variant_of(factories.product(stock=stock)) for stock in (None, 1))
    location = factories.location().pk
    assert call("PATCH", f"/stock/backorders/{free.pk}/{location}", {"units": 1})[0] == 422
    assert call("PATCH", f"/stock/backorders/{10**25}/{location}", {"units": 1})[0] == 404
    assert call("PATCH", f"/stock/backorders/{counted.pk}/999999", {"units": 1})[0] == 404
    assert call("GET", "/stock/backorders/999999")[0] == 404
    assert not StockLevel.objects.filter(backorder_limit__gt=0).exists()
    assert call("PATCH", f"/stock/backorders/{counted.pk}/{location}", {"units": 3})[0] == 200
    factories.order(counted, quantity=3)
    assert call("PATCH", f"/stock/backorders/{counted.pk}/{location}", {"units": 1})[1]["code"] == "backorders_taken"
    assert StockLevel.objects.get(variant=counted).backorder_limit == 3


def test_a_legal_text_is_written_and_changed_in_part_in_each_language(call: Call) -> None:
    own, other = current_store().default_language, other_language()
    call("PATCH", f"/legal-texts/terms/{own}", {"title": "条款", "body_html": "<p>旧</p><script>x</script>"})
    status, found = call("PATCH", f"/legal-texts/terms/{own}", {"body_html": "<p>新</p>"})
    assert (status, found["texts"][own]) == (200, {"title": "条款", "body_html": "<p>新</p>"})
    call("PATCH", f"/legal-texts/terms/{other}", {"title": "Terms", "body_html": "<p>New</p><script>x</script>"})
    found = call("PATCH", f"/legal-texts/terms/{other}", {"title": "Terms of sale"})[1]
    assert found["texts"][other] == {"title": "Terms of sale", "body_html": "<p>New</p>"}
    assert found["texts"][own] == {"title": "条款", "body_html": "<p>新</p>"}
    listed = call("GET", "/legal-texts")[1]["legal_texts"]
    assert [row["handle"] for row in listed] == ["terms", "privacy", "returns", "shipping", "imprint"]
    assert listed[0] == found
    page = Page.objects.get(handle="terms")
    assert page.menu == "help"
    assert AuditEntry.objects.filter(reference=f"page:{page.pk}", actor__startswith="token:").exists()


def test_no_legal_text_is_lost_by_nonsense(call: Call) -> None:
    own = current_store().default_language
    path = f"/legal-texts/terms/{own}"
    before = call("PATCH", path, {"title": "条款", "body_html": "<p>旧</p>"})[1]
    words = Translation.objects.count()
    for wrong in ({"title": " "}, {"title": None}, {"title": "x" * 201}, {"body_html": "x" * 200_001}):
        assert call("PATCH", path, {"body_html": "<p>新</p>", **wrong})[0] == 422, wrong
    assert call("PATCH", "/legal-texts/terms/xx", {"title": "T"})[0] == 404
    assert call("PATCH", f"/legal-texts/about/{own}", {"title": "T"})[0] == 404
    assert call("PATCH", f"/legal-texts/privacy/{own}", {"body_html": "<p>x</p>"})[0] == 422
    assert call("GET", "/legal-texts")[1]["legal_texts"][0] == before
    assert (Page.objects.filter(handle="privacy").exists(), Translation.objects.count()) == (False, words)


def test_reading_is_not_writing(call: Call, owner: User, colour: Attribute) -> None:
    token = token_for(owner, "catalogue.view", "inventory.view", "settings.view")
    stock = f"/stock/backorders/{factories.variant_of(factories.product()).pk}"
    values, legal = f"/attributes/{colour.pk}/values", "/legal-texts"
    for path in (values, stock, legal):
        assert call("GET", path, token=token)[0] == 200
    for method, path, body in (
        ("PUT", values, {"values": [{"text": "青"}]}),
        ("PATCH", f"{stock}/{factories.location().pk}", {"units": 1}),
        ("PATCH", f"{legal}/terms/{current_store().default_language}", {"title": "T"}),
    ):
        assert call(method, path, body, token=token)[0] == 403
    assert not AttributeValue.objects.exists()
    assert not StockLevel.objects.filter(backorder_limit__gt=0).exists()
    assert not Page.objects.filter(title="T").exists()
