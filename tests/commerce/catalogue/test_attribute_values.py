"""Choices and colours: lists of values that products keep to, and what a type needs before anything is shown."""

from __future__ import annotations

import pytest
from django.test import Client

from duli.base.errors import InvalidInput
from duli.commerce.catalogue import services
from duli.commerce.catalogue.models import Attribute, AttributeValue, Product, ProductAttribute
from duli.commerce.catalogue.selectors import listed_values
from duli.commerce.catalogue.types import (
    AttributeDraft,
    AttributesMissing,
    AttributeValueDraft,
    ProductDraft,
    ValueInUse,
    ValueNotAllowed,
)
from duli.commerce.revisions.models import ProductRevision
from duli.commerce.revisions.services import restore_revision
from tests import factories

pytestmark = pytest.mark.django_db


def attribute(name: str = "Wood", kind: str = "choice", *values: str | tuple[str, str]) -> Attribute:
    made = services.put_attribute(name=name, kind=kind, is_filterable=True, actor=factories.ACTOR)
    drafts = [AttributeValueDraft(*((value,) if isinstance(value, str) else value)) for value in values]
    if drafts:
        services.save_attribute_values(attribute_id=made.pk, values=drafts, actor=factories.ACTOR)
    return made


def product(*drafts: AttributeDraft, **values: object) -> Product:
    factories.shop()
    return factories.product(attributes=list(drafts), **values)


def test_a_product_has_only_what_is_on_the_list() -> None:
    wood = attribute("Wood", "choice", "Oak", "Walnut")
    item = product(AttributeDraft(wood.code, text="Oak"))
    assert list(item.attribute_values.values_list("text", flat=True)) == ["Oak"]
    for wrong in (AttributeDraft(wood.code, text="Pine"), AttributeDraft(wood.code, text="")):
        with pytest.raises((ValueNotAllowed, InvalidInput)):
            services.save_product(
                draft=ProductDraft(title="x", attributes=[wrong]), actor=factories.ACTOR, product_id=item.pk
            )
    assert list(item.attribute_values.values_list("text", flat=True)) == ["Oak"]


def test_a_new_name_reaches_every_product_and_two_may_swap() -> None:
    wood = attribute("Wood", "choice", "Oak", "Walnut")
    oak, walnut = (product(AttributeDraft(wood.code, text=text)) for text in ("Oak", "Walnut"))
    first, second = listed_values(wood.pk)
    services.save_attribute_values(
        attribute_id=wood.pk,
        values=[AttributeValueDraft("Oak", value_id=second.id), AttributeValueDraft("Walnut", value_id=first.id)],
        actor=factories.ACTOR,
    )
    assert oak.attribute_values.get().text == "Walnut"
    assert walnut.attribute_values.get().text == "Oak"
    assert [value.text for value in listed_values(wood.pk)] == ["Oak", "Walnut"]


def test_what_products_have_stays_on_the_list() -> None:
    wood = attribute("Wood", "choice", "Oak", "Walnut")
    product(AttributeDraft(wood.code, text="Oak"))
    with pytest.raises(ValueInUse):
        services.save_attribute_values(
            attribute_id=wood.pk, values=[AttributeValueDraft("Walnut")], actor=factories.ACTOR
        )
    services.save_attribute_values(attribute_id=wood.pk, values=[AttributeValueDraft("Oak")], actor=factories.ACTOR)
    assert [value.text for value in listed_values(wood.pk)] == ["Oak"]


@pytest.mark.parametrize(
    "values",
    [
        [AttributeValueDraft(" ")],
        [AttributeValueDraft("Oak"), AttributeValueDraft("oak")],
        [AttributeValueDraft("x" * 256)],
        [AttributeValueDraft("Oak", swatch="red")],
        [AttributeValueDraft("Oak", swatch="#12345g")],
        [AttributeValueDraft(f"v{number}") for number in range(501)],
    ],
)
def test_a_list_that_is_none_changes_nothing(values: list[AttributeValueDraft]) -> None:
    wood = attribute("Wood", "choice", "Oak")
    with pytest.raises(InvalidInput):
        services.save_attribute_values(attribute_id=wood.pk, values=values, actor=factories.ACTOR)
    assert [value.text for value in listed_values(wood.pk)] == ["Oak"]
    with pytest.raises(InvalidInput):
        number = services.put_attribute(name="Width", kind="number", actor=factories.ACTOR)
        services.save_attribute_values(attribute_id=number.pk, values=[AttributeValueDraft("1")], actor="x")


def test_words_become_a_list_of_what_there_is() -> None:
    words = services.put_attribute(name="Wood", kind="text", actor=factories.ACTOR)
    product(AttributeDraft(words.code, text="Oak"), AttributeDraft(words.code, text="Ash"))
    services.put_attribute(attribute_id=words.pk, name="Wood", kind="choice", actor=factories.ACTOR)
    assert [value.text for value in listed_values(words.pk)] == ["Ash", "Oak"]
    with pytest.raises(InvalidInput):
        services.put_attribute(attribute_id=words.pk, name="Wood", kind="number", actor=factories.ACTOR)


def test_a_colour_is_a_dot_in_the_filter_in_its_order(client: Client) -> None:
    hue = attribute("Hue", "colour", ("Teal", "#2f6f62"), ("Amber", "#d99a2b"))
    for text in ("Amber", "Teal"):
        product(AttributeDraft(hue.code, text=text))
    page = client.get("/search?q=").content.decode()
    assert 'fill="#2f6f62"' in page
    assert page.index('fill="#2f6f62"') < page.index('fill="#d99a2b"')


def test_a_type_says_what_is_needed_before_anything_is_shown() -> None:
    wood = attribute("Wood", "choice", "Oak")
    width = attribute("Width", "number")
    services.save_product_type(name="Chair", attribute_ids=[], required_ids=[wood.pk, width.pk], actor=factories.ACTOR)
    oak = AttributeDraft(wood.code, text="Oak")
    factories.shop()
    with pytest.raises(AttributesMissing) as refused:
        factories.product(product_type="Chair", attributes=[oak])
    assert refused.value.params["names"] == "Width"
    draft = factories.product(product_type="Chair", attributes=[oak], status="draft")
    with pytest.raises(AttributesMissing):
        services.set_product_status(product_ids=[draft.pk], status="active", actor=factories.ACTOR)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_what_is_shown_already_stays_editable_but_loses_nothing() -> None:
    wood = attribute("Wood", "choice", "Oak")
    item = product(AttributeDraft(wood.code, text="Oak"), product_type="Chair")
    width = attribute("Width", "number")
    kind = item.product_type
    assert kind is not None
    services.save_product_type(
        type_id=kind.pk, name="Chair", attribute_ids=[], required_ids=[wood.pk, width.pk], actor=factories.ACTOR
    )
    kept = {"title": "Chair one", "status": "active", "product_type": "Chair"}
    services.save_product(draft=ProductDraft(**kept), actor=factories.ACTOR, product_id=item.pk)  # type: ignore[arg-type]
    with pytest.raises(AttributesMissing):
        services.save_product(
            draft=ProductDraft(**kept, attributes=[]),  # type: ignore[arg-type]
            actor=factories.ACTOR,
            product_id=item.pk,
        )
    assert ProductAttribute.objects.filter(product=item).count() == 1


def test_a_revision_leaves_out_what_left_the_list(client: Client) -> None:
    wood = attribute("Wood", "choice", "Oak", "Ash")
    factories.shop()
    from duli.commerce.assortment.services import save_product_page

    def save(text: str, pk: int | None = None) -> Product:
        draft = ProductDraft(title="Chair", attributes=[AttributeDraft(wood.code, text=text)])
        return save_product_page(draft=draft, facts=[], actor=factories.ACTOR, product_id=pk)

    item = save("Ash")
    save("Oak", item.pk)
    services.save_attribute_values(attribute_id=wood.pk, values=[AttributeValueDraft("Oak")], actor=factories.ACTOR)
    first = ProductRevision.objects.filter(product_id=item.pk).order_by("number").first()
    assert first is not None
    restore_revision(product_id=item.pk, number=first.number, actor=factories.ACTOR)
    assert not AttributeValue.objects.filter(text="Ash").exists()
    assert not item.attribute_values.exists()
