"""Two people open the same form: nobody's work is lost silently, whatever the form is about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.assortment.services import save_bundle
from duli.commerce.catalogue import services as catalogue
from duli.commerce.catalogue.types import AttributeDraft, AttributeValueDraft, Component
from duli.commerce.customers.models import Customer
from duli.commerce.customers.services import save_address
from duli.commerce.customers.types import Address
from duli.commerce.orders.return_terms import policy
from duli.platform.redirects.services import save_redirect
from duli.platform.store.changes import reset_caches
from duli.platform.store.models import Store
from tests import factories
from tests.web.backoffice.conftest import SignIn
from tests.web.backoffice.filled import filled
from tests.web.backoffice.pages import TEMPLATE, things

# The form, a field that one changes and a field that the other changes, each with what it becomes.
FORMS: list[tuple[str, tuple[str, ...], tuple[str, str], tuple[str, str]]] = [
    ("settings_store", (), ("tagline", "Cups and tea"), ("phone", "0571 1234567")),
    ("settings_market", ("=cn",), ("name", "Mainland"), ("countries", "CN, MO")),
    ("settings_legal_text", ("=terms", "=en"), ("title", "Our terms"), ("body", "<p>Be kind.</p>")),
    ("settings_returns", (), ("return_days", "44"), ("instructions", "With the slip, please.")),
    ("settings_tries", (), ("order_tries", "44"), ("card_failures", "6")),
    ("settings_location", ("location",), ("name", "The old barn"), ("address", "Longjing 1")),
    ("settings_method", ("method",), ("name", "By horse"), ("description", "Two days and a bit")),
    ("settings_payment", ("=bank_transfer",), ("accounts", "Bank: Other 77"), ("position", "7")),
    ("settings_role", ("=viewer",), ("description", "Looks on"), ("requires_mfa", "on")),
    ("settings_webhook_edit", ("endpoint",), ("description", "The books"), ("url", "https://books.example.com/in")),
    ("category", ("category",), ("name", "Stools"), ("seo_title", "Stools of oak")),
    ("collection", ("collection",), ("title", "Presents"), ("handle", "presents")),
    ("organise_edit", ("=tags", "tag"), ("name", "Newest"), ("name__en", "Newest ones")),
    ("mail_template", TEMPLATE, ("subject", "It is here"), ("body", "Thank you {{ order.number }}")),
    ("customer_edit", ("customer",), ("name", "Lin Xiao"), ("tags", "regular")),
    ("stock_transfer_edit", ("transfer",), ("expected_on", "2030-01-05"), ("note", "By the back door")),
    ("stock_threshold", ("variant", "location"), ("threshold", "4"), ("promise", "In the first week of March")),
    ("order_address", ("order",), ("name", "Wang Wei"), ("line1", "West lake 7")),
    ("organise_edit", ("=brands", "brand"), ("name", "Yixing"), ("description_html", "<p>Clay.</p>")),
    ("organise_edit", ("=types", "type"), ("name", "Pot"), ("required_attributes", "=attribute")),
    ("organise_edit", ("=attributes", "attribute"), ("name", "Weight"), ("unit", "kg")),
    ("organise_edit", ("=guides", "guide"), ("name", "Rings"), ("advice", "Use a thread.")),
    ("customer_address", ("customer", "customer_address"), ("line1", "West lake 9"), ("phone", "13900139000")),
    ("redirect", ("redirect",), ("target", "/products/tea"), ("source", "/older-still")),
    ("content_topic", ("topic",), ("name", "Teahouses"), ("name__en", "Tea houses")),
    ("settings_tax", ("tax",), ("name", "VAT"), ("percent", "9")),
    ("settings_downloads", (), ("days", "77"), ("most", "4")),
    ("draft", ("draft",), ("staff_note", "Calls on Monday"), ("customer_name", "Lin")),
]

# Forms that are read as a whole: a field that somebody changes, and what is sent with it.
WHOLE: list[tuple[str, tuple[str, ...], tuple[str, str], dict[str, list[str]]]] = [
    ("settings_reasons", (), ("text-0-en", "Broke on the way"), {}),
    ("attribute_values", ("choice",), ("text-0", "Ash"), {}),
    ("attribute_values", ("worded",), ("name-0-en", "Oaken"), {}),
    ("variant", ("bundle_product", "bundle"), ("percent_off", "7.5"), {"price_mode": ["sum"], "save": ["1"]}),
]


def url_of(name: str, arguments: tuple[str, ...], keys: dict[str, Any]) -> str:
    return reverse(f"backoffice:{name}", args=[key[1:] if key.startswith("=") else keys[key] for key in arguments])


def everything() -> dict[str, Any]:
    """Make one of everything that a form of these lists is about, and return the keys."""
    keys = things()
    part = catalogue.put_attribute(name="Mass", kind="number", actor=factories.ACTOR)
    person = Address(
        "CN", "Lin", region="浙江省", city="杭州市", district="西湖区", line1="Longjing 1", phone="13800138000"
    )
    whole = factories.variant_of(factories.product(stock=None))
    save_bundle(
        variant_id=whole.pk,
        components=[Component(keys["variant"], 2)],
        price_mode="own",
        percent_off=Decimal(0),
        actor=factories.ACTOR,
    )
    worded = catalogue.put_attribute(name="Wood", kind="text", actor=factories.ACTOR)
    factories.product(attributes=[AttributeDraft(worded.code, text="橡木")])
    choice = catalogue.put_attribute(name="Grain", kind="choice", actor=factories.ACTOR)
    catalogue.save_attribute_values(
        attribute_id=choice.pk, values=[AttributeValueDraft("Oak"), AttributeValueDraft("Elm")], actor=factories.ACTOR
    )
    return keys | {
        "worded": worded.pk,
        "choice": choice.pk,
        "brand": catalogue.save_brand(name="Jing", actor=factories.ACTOR).pk,
        "type": catalogue.save_product_type(name="Kettle", attribute_ids=[], actor=factories.ACTOR).pk,
        "attribute": part.pk,
        "guide": catalogue.save_size_guide(name="Rings all", measures="Size | mm\n1 | 16", actor=factories.ACTOR).pk,
        "customer_address": save_address(customer_id=keys["customer"], address=person).pk,
        "redirect": save_redirect(source="/older", target="/products/cup")[0].pk,
        "bundle": whole.pk,
        "bundle_product": whole.product_id,
    }


def opened(client: Client, url: str, field: str) -> dict[str, list[str]]:
    return filled(client.get(url).content.decode(), field)


@pytest.mark.django_db
def test_what_somebody_else_saved_meanwhile_is_shown_and_kept(sign_in: SignIn) -> None:
    keys = everything()
    first, second = sign_in("owner"), sign_in("owner")
    for name, arguments, (one, theirs), (other, mine) in FORMS:
        url = url_of(name, arguments, keys)
        mine = str(keys[mine[1:]]) if mine.startswith("=") else mine
        slow = opened(first, url, one)
        quick = opened(second, url, one)
        assert second.post(url, {**quick, one: [theirs]}).status_code == 302, name
        reset_caches()

        # Another field: both changes come together, once the slower one has seen the quicker one's.
        answer = first.post(url, {**slow, other: [mine]})
        assert answer.status_code == 409, (name, answer.status_code)
        shown = filled(answer.content.decode(), one)
        assert (shown[one], shown[other]) == ([theirs], [mine]), name
        assert "Somebody else" in answer.content.decode(), name
        assert opened(second, url, one).get(other) != [mine], f"{name} was saved unseen"
        assert first.post(url, shown).status_code == 302, name
        reset_caches()
        both = opened(second, url, one)
        assert (both[one], both[other]) == ([theirs], [mine]), name
        assert second.post(url, both).status_code == 302, f"{name}: nothing changed in between"


@pytest.mark.django_db
def test_a_form_that_is_read_as_a_whole_tells_of_the_other_and_saves_when_asked_again(sign_in: SignIn) -> None:
    keys = everything()
    client = sign_in("owner")
    for name, arguments, (field, value), extra in WHOLE:
        url = url_of(name, arguments, keys)
        slow, quick = opened(client, url, field), opened(client, url, field)
        assert client.post(url, {**quick, **extra, field: [value]}).status_code == 302, name
        reset_caches()
        answer = client.post(url, {**slow, **extra, field: ["1"]})
        assert (answer.status_code, "Somebody else" in answer.content.decode()) == (409, True), name
        assert value in answer.content.decode(), name
        assert opened(client, url, field)[field] == [value], name
        assert client.post(url, {**filled(answer.content.decode(), field), **extra}).status_code == 302, name
        reset_caches()
        assert opened(client, url, field)[field] == ["1"], name


@pytest.mark.django_db
def test_a_mistake_in_between_does_not_hide_what_somebody_else_saved(sign_in: SignIn) -> None:
    client = sign_in("owner")
    url = reverse("backoffice:settings_returns")
    slow, quick = opened(client, url, "return_days"), opened(client, url, "return_days")
    client.post(url, {**quick, "return_days": ["44"]})
    wrong = client.post(url, {**slow, "withdrawal_days": ["3"]})
    assert wrong.status_code == 422
    mended = {**filled(wrong.content.decode(), "return_days"), "withdrawal_days": ["20"]}
    assert client.post(url, mended).status_code == 409
    assert policy().return_days == 44


@pytest.mark.django_db
def test_of_two_texts_for_one_field_both_are_shown(sign_in: SignIn) -> None:
    client = sign_in("owner")
    url = reverse("backoffice:settings_store")
    slow, quick = opened(client, url, "tagline"), opened(client, url, "tagline")
    client.post(url, {**quick, "tagline": ["Theirs"]})
    answer = client.post(url, {**slow, "tagline": ["Mine"]})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "“Theirs”" in page
    assert filled(page, "tagline")["tagline"] == ["Mine"]
    assert Store.objects.get().tagline == "Theirs"
    client.post(url, filled(page, "tagline"))
    assert Store.objects.get().tagline == "Mine"


@pytest.mark.django_db
def test_the_same_text_twice_is_no_conflict_and_rubbish_for_marks_no_failure(sign_in: SignIn) -> None:
    client = sign_in("owner")
    url = reverse("backoffice:settings_store")
    form = opened(client, url, "tagline")
    for seen in (form["seen"][0], form["seen"][0], "", "[]", "x" * 100_000, '{"tagline": {}}'[:-2]):
        assert client.post(url, {**form, "tagline": ["Tea"], "seen": [seen]}).status_code == 302, seen[:20]


@pytest.mark.django_db
def test_rules_that_somebody_else_wrote_are_told(sign_in: SignIn) -> None:
    client = sign_in("owner")
    url = reverse("backoffice:collection_new")
    form = {**opened(client, url, "title"), "title": ["Teas"], "kind": ["rules"]}
    form |= {"rule_field": ["title"], "rule_operator": ["contains"], "rule_value": ["tea"]}
    url = client.post(url, form)["Location"]
    slow, quick = opened(client, url, "title"), opened(client, url, "title")
    client.post(url, {**quick, "rule_value": ["oolong", "", ""]})
    answer = client.post(url, {**slow, "title": ["Fine teas"]})
    assert answer.status_code == 409
    assert "oolong" in answer.content.decode()


@pytest.mark.django_db
def test_what_changed_elsewhere_than_on_the_form_counts_too(sign_in: SignIn) -> None:
    client = sign_in("owner")
    keys = things()
    url = reverse("backoffice:customer_edit", args=[keys["customer"]])
    form = opened(client, url, "name")
    Customer.objects.filter(pk=keys["customer"]).update(phone="13900139000")
    assert client.post(url, {**form, "name": ["Lin"]}).status_code == 409
