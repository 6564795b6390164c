"""The desk of gift cards as goods, of attributes' values, of what is sold ahead and by measure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.catalogue import services
from duli.commerce.catalogue.models import AttributeValue, Product, ProductAttribute
from duli.commerce.catalogue.selectors import attribute_value_names, listed_values
from duli.commerce.catalogue.types import AttributeDraft, AttributeValueDraft
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.inventory.models import StockLevel
from duli.commerce.payments import gift_cards
from duli.commerce.payments import services as payments
from duli.commerce.payments.models import GiftCard
from tests import factories
from tests.web.backoffice.test_product_editor import form, row

pytestmark = pytest.mark.django_db


def read(client: Client, name: str, *arguments: object) -> str:
    answer = client.get(reverse(f"backoffice:{name}", args=arguments))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_gift_card_is_made_in_the_editor(owner: Client) -> None:
    factories.shop()
    answer = owner.post(
        reverse("backoffice:product_new"),
        form(row(0, stock="", weight=""), title="Voucher", is_gift_card="on", complete="1"),
    )
    assert answer.status_code == 302
    item = Product.objects.get(title="Voucher")
    variant = factories.variant_of(item)
    assert (item.is_gift_card, variant.requires_shipping, variant.tracks_stock) == (True, False, False)
    assert 'name="is_gift_card"' in read(owner, "product", item.pk)


def test_the_order_shows_its_cards_masked_and_what_cards_paid(owner: Client) -> None:
    factories.shop()
    card_goods = factories.variant_of(factories.product("卡", price=20000, stock=None, is_gift_card=True))
    order = factories.order(card_goods, paid=True)
    (card,) = GiftCard.objects.filter(reference=order.reference)
    code = gift_cards.code_of(card)
    page = read(owner, "order", order.pk)
    assert f"•••• {card.last4}" in page
    assert code not in page
    assert code not in read(owner, "gift_card", card.pk)
    cart = factories.ready_cart(factories.variant_of(factories.product(price=5000)), method="")
    checkout.apply_gift_card(token=cart.token, code=code)
    other = checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    factories.drain()
    assert reverse("backoffice:gift_card", args=[card.pk]) in read(owner, "order", other.pk)


def test_a_wrong_balance_is_told_on_the_page_of_numbers(owner: Client) -> None:
    factories.shop()
    card = payments.issue_gift_card(amount=factories.Money(1000, "CNY"), actor=factories.ACTOR, language="en")
    link = reverse("backoffice:gift_card", args=[card.pk])
    assert link not in read(owner, "stock_integrity")
    GiftCard.objects.filter(pk=card.pk).update(balance_minor=1)
    assert link in read(owner, "stock_integrity")


def test_how_long_cards_last_is_set_for_each_market(owner: Client) -> None:
    factories.shop()
    url = reverse("backoffice:gift_card_lives")
    assert "30" in read(owner, "gift_card_lives")
    answer = owner.post(url, {"years-cn": "3", "end-cn": "on", "years-int": "0"})
    assert answer.status_code == 302
    assert (gift_cards.lives()["cn"].years, gift_cards.lives()["cn"].to_year_end) == (3, True)
    assert owner.post(url, {"years-cn": "100", "years-int": "x"}).status_code == 422


def test_a_list_is_written_ordered_translated_and_kept(owner: Client) -> None:
    factories.shop()
    hue = services.put_attribute(name="Hue", kind="colour", actor=factories.ACTOR)
    url = reverse("backoffice:attribute_values", args=[hue.pk])
    made = {
        "row": ["new0", "new1", "new2"],
        "text-new0": "Teal", "swatch-new0": "#2F6F62", "name-new0-en": "Teal (en)",
        "text-new1": "Amber", "swatch-new1": "#d99a2b",
        "text-new2": "",
    }  # fmt: skip
    assert owner.post(url, made).status_code == 302
    teal, amber = listed_values(hue.pk)
    assert (teal.text, teal.swatch, teal.names) == ("Teal", "#2f6f62", {"en": "Teal (en)"})
    page = read(owner, "attribute_values", hue.pk)
    assert 'fill="#2f6f62"' in page
    kept = {
        "row": ["0", "1"],
        "id-0": teal.id, "text-0": "Teal", "place-0": "2",
        "id-1": amber.id, "text-1": "Amber", "place-1": "1",
    }  # fmt: skip
    assert owner.post(url, kept).status_code == 302
    assert [value.text for value in listed_values(hue.pk)] == ["Amber", "Teal"]
    wrong = owner.post(url, {**kept, "swatch-0": "red"})
    assert wrong.status_code == 422
    assert 'value="red"' in wrong.content.decode()
    factories.product(attributes=[AttributeDraft(hue.code, text="Teal")])
    assert owner.post(url, {**kept, "off-0": "on"}).status_code == 409
    assert AttributeValue.objects.filter(attribute=hue).count() == 2


def test_words_that_products_use_are_translated_in_one_place(owner: Client) -> None:
    factories.shop()
    wood = services.put_attribute(name="Wood", kind="text", actor=factories.ACTOR)
    factories.product(attributes=[AttributeDraft(wood.code, text="橡木")])
    assert "橡木" in read(owner, "attribute_values", wood.pk)
    answer = owner.post(
        reverse("backoffice:attribute_values", args=[wood.pk]),
        {"row": ["0"], "text-0": "橡木", "name-0-en": "Oak"},
    )
    assert answer.status_code == 302
    assert attribute_value_names(wood.pk)[0].names == {"en": "Oak"}


def test_the_editor_offers_the_list_and_says_what_is_needed(owner: Client) -> None:
    factories.shop()
    wood = services.put_attribute(name="Wood", kind="choice", actor=factories.ACTOR)
    services.save_attribute_values(
        attribute_id=wood.pk,
        values=[AttributeValueDraft("Oak, light"), AttributeValueDraft("Ash")],
        actor=factories.ACTOR,
    )
    services.save_product_type(name="Chair", attribute_ids=[], required_ids=[wood.pk], actor=factories.ACTOR)
    new = reverse("backoffice:product_new")
    sent = form(row(0, stock="1"), title="Chair one", product_type="Chair", complete="1")
    refused = owner.post(new, sent | {f"attribute-{wood.code}": ["", ""]})
    assert refused.status_code == 422
    assert "Wood" in refused.content.decode()
    assert owner.post(new, sent | {f"attribute-{wood.code}": ["", "Oak, light"]}).status_code == 302
    assert ProductAttribute.objects.get().text == "Oak, light"
    assert owner.post(new, sent | {f"attribute-{wood.code}": ["Pine"]}).status_code == 422


def test_content_and_promise_are_typed_at_the_desk(owner: Client) -> None:
    factories.shop()
    new = reverse("backoffice:product_new")
    assert owner.post(new, form(row(0, stock="0", content="500 stones"), title="Tea")).status_code == 422
    assert owner.post(new, form(row(0, stock="0", content="500 克"), title="Tea")).status_code == 302
    variant = factories.variant_of(Product.objects.get(title="Tea"))
    assert variant.content == "500 g"
    day = (gift_cards.today() + timedelta(days=5)).isoformat()
    place = factories.location().pk
    url = reverse("backoffice:stock_threshold", args=[variant.pk, place])
    answer = owner.post(
        url, {"backorder_limit": "5", "promised_on": day, "promise": "第二批", "promise__en": "The second batch"}
    )
    assert answer.status_code == 302
    assert StockLevel.objects.get(variant=variant).backorder_on.isoformat() == day  # type: ignore[union-attr]
    assert "The second batch" in owner.get(url).content.decode()
    order = factories.order(variant, quantity=2)
    assert day in read(owner, "order", order.pk)


def test_the_token_screen_leads_to_the_reference(owner: Client) -> None:
    assert reverse("api_reference") in read(owner, "settings_tokens")
