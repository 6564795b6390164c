"""Two people open the same form: nobody's work is lost silently, whatever the form is about."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.customers.models import Customer
from duli.platform.store.changes import reset_caches
from duli.platform.store.models import Store
from tests.web.backoffice.conftest import SignIn
from tests.web.backoffice.filled import filled
from tests.web.backoffice.pages import TEMPLATE, things

# The form, a field that one changes and a field that the other changes, each with what it becomes.
FORMS: list[tuple[str, tuple[str, ...], tuple[str, str], tuple[str, str]]] = [
    ("settings_store", (), ("tagline", "Cups and tea"), ("phone", "0571 1234567")),
    ("settings_market", ("=cn",), ("name", "Mainland"), ("countries", "CN, MO")),
    ("settings_legal_text", ("=terms", "=en"), ("title", "Our terms"), ("body", "<p>Be kind.</p>")),
    ("settings_returns", (), ("return_days", "44"), ("instructions", "With the slip, please.")),
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
]


def opened(client: Client, url: str, field: str) -> dict[str, list[str]]:
    return filled(client.get(url).content.decode(), field)


@pytest.mark.django_db
def test_what_somebody_else_saved_meanwhile_is_shown_and_kept(sign_in: SignIn) -> None:
    keys = things()
    first, second = sign_in("owner"), sign_in("owner")
    for name, arguments, (one, theirs), (other, mine) in FORMS:
        url = reverse(f"backoffice:{name}", args=[key[1:] if key.startswith("=") else keys[key] for key in arguments])
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
