"""The product editor's form: words and facts as a Django form; options and variants are in `product_grid`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.catalogue.types import AttributeDraft, OptionDraft, ProductDraft, Safety, VariantDraft
from duli.platform.store.selectors import current_store, languages
from duli.web.backoffice.kit.forms import Id, IdList, Line, Prose
from duli.web.backoffice.product_options import split_values
from duli.web.backoffice.selectors.product_page import ProductOnPage
from duli.web.backoffice.tax_words import STANDARD, class_choices

DATE_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]


def other_languages() -> list[tuple[str, str]]:
    """Return code and name of every language of the store but its own."""
    own = current_store().default_language
    names = dict(settings.LANGUAGES)
    return [(code, str(names.get(code, code))) for code in languages() if code != own]


def own_language() -> str:
    code = current_store().default_language
    return str(dict(settings.LANGUAGES).get(code, code))


def moment(label: Any, help_text: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(
        label=label, help_text=help_text, required=False, input_formats=DATE_FORMATS, widget=widget
    )


class ProductForm(forms.Form):
    """Everything of the editor that is not a list of rows. Texts of other languages are ``title__en`` and so on."""

    title = Line(label=_("Title"), max_length=255)
    description_html = Prose(label=_("Description"), max_length=200_000, rows=8, required=False)
    status = forms.ChoiceField(label=_("Status"), choices=ProductStatus.choices)
    published_at = moment(_("Visible from"), _("Empty means from the moment it is on sale."))
    unpublished_at = moment(_("Hidden from"), _("Empty means never."))
    product_type = Line(label=_("Product type"), max_length=160, required=False)
    brand = Line(label=_("Brand"), max_length=160, required=False)
    tags = Prose(label=_("Tags"), max_length=4000, required=False, widget=forms.TextInput())
    category_ids = IdList(label=_("Categories"), required=False)
    collection_ids = IdList(label=_("Collections"), required=False)
    handle = Line(label=_("Address"), max_length=150, required=False)
    seo_title = Line(label=_("Title for search engines"), max_length=200, required=False)
    seo_description = Prose(label=_("Description for search engines"), max_length=400, rows=2, required=False)
    tax_class = forms.ChoiceField(
        label=_("Tax class"), required=False, help_text=_("A variant may have another one, in the list of variants.")
    )
    hs_code = Line(label=_("HS code"), max_length=14, required=False, help_text=_("For customs, when you ship abroad."))
    origin_country = Line(
        label=_("Country of origin"), max_length=2, required=False, help_text=_("Two letters: CN, DE.")
    )
    maker_id = Id(label=_("Maker"), required=False)
    responsible_person_id = Id(label=_("Responsible person in the EU"), required=False)
    safety_text = Prose(label=_("Warnings and safety information"), max_length=5000, rows=2, required=False)
    related_ids = IdList(label=_("Related products"), required=False, limit=20)
    is_gift_card = forms.BooleanField(
        label=_("This is a gift card"),
        required=False,
        help_text=_("Each variant is an amount. A card worth its price is made and sent once the order is paid."),
    )
    requires_shipping = forms.BooleanField(label=_("This is sent in a parcel"), required=False)
    tracks_stock = forms.BooleanField(
        label=_("Count the stock"), required=False, help_text=_("Without it, it can be bought without limit.")
    )
    version = forms.IntegerField(required=False, min_value=0, max_value=2**31, widget=forms.HiddenInput())

    def __init__(self, *args: Any, languages: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "product-%s")
        super().__init__(*args, **kwargs)
        self.languages = languages
        for code, _name in languages:
            self.fields[f"title__{code}"] = Line(label=_("Title"), max_length=255, required=False)
            self.fields[f"description_html__{code}"] = Prose(
                label=_("Description"), max_length=200_000, rows=8, required=False
            )
            self.fields[f"seo_title__{code}"] = Line(
                label=_("Title for search engines"), max_length=200, required=False
            )
            self.fields[f"seo_description__{code}"] = Prose(
                label=_("Description for search engines"), max_length=400, rows=2, required=False
            )
        self.fields["tax_class"].choices = class_choices(str(self.initial.get("tax_class", "")))  # type: ignore[attr-defined]
        for name in ("published_at", "unpublished_at", "origin_country", "hs_code"):
            self.fields[name].widget.attrs.setdefault("autocomplete", "off")

    def clean_origin_country(self) -> str:
        code = str(self.cleaned_data["origin_country"]).upper()
        if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise ValidationError(_("Write the two letters of the country, such as CN."))
        return code

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        start, end = values.get("published_at"), values.get("unpublished_at")
        if start and end and end <= start:
            self.add_error("unpublished_at", _("This must be after the day it becomes visible."))
        return values

    def pairs(self) -> list[tuple[str, str, Any, Any, Any, Any]]:
        """Return, per other language, its code, name and bound fields."""
        return [
            (
                code,
                name,
                self[f"title__{code}"],
                self[f"description_html__{code}"],
                self[f"seo_title__{code}"],
                self[f"seo_description__{code}"],
            )
            for code, name in self.languages
        ]


def _exact(typed: datetime | None, stored: datetime | None) -> datetime | None:
    """Return the stored instant where the field, which knows no seconds, says the same minute: nobody changed it."""
    if typed and stored and typed == stored.replace(second=0, microsecond=0):
        return stored
    return typed


def product_draft(
    values: dict[str, Any],
    *,
    languages: Sequence[tuple[str, str]],
    options: list[OptionDraft],
    variants: list[VariantDraft],
    media_ids: list[int],
    attributes: list[AttributeDraft] | None,
    complete: bool,
    before: ProductOnPage | None,
) -> ProductDraft:
    """Put the form's clean values into the catalogue's draft; what the page does not show stays as it was."""
    kept = {variant.id: variant for variant in before.variants} if before else {}
    ships, counts = values["requires_shipping"], values["tracks_stock"]
    ships_as_before = before is not None and ships == ships_at_all(before)
    counts_as_before = before is not None and counts == counts_at_all(before)
    full = []
    for draft in variants:
        old = kept.get(draft.variant_id or 0)
        full.append(
            replace(
                draft,
                requires_shipping=old.requires_shipping if old and ships_as_before else ships,
                tracks_stock=old.tracks_stock if old and counts_as_before else counts,
            )
        )
    names = ("title", "description_html", "seo_title", "seo_description")
    return ProductDraft(
        title=values["title"],
        handle=values["handle"],
        description_html=values["description_html"],
        status=values["status"],
        published_at=_exact(values["published_at"], before.product.published_at if before else None),
        unpublished_at=_exact(values["unpublished_at"], before.product.unpublished_at if before else None),
        keeps_publication=False,
        product_type=values["product_type"],
        brand=values["brand"],
        is_gift_card=values["is_gift_card"] if complete else None,
        tax_class=values["tax_class"] or (before.product.tax_class if before else STANDARD),
        hs_code=values["hs_code"],
        origin_country=values["origin_country"],
        seo_title=values["seo_title"],
        seo_description=values["seo_description"],
        texts={code: {name: values[f"{name}__{code}"] for name in names} for code, _name in languages},
        options=options,
        variants=full,
        tags=split_values(values["tags"]),
        category_ids=values["category_ids"],
        collection_ids=values["collection_ids"],
        media_ids=media_ids,
        attributes=attributes,
        related_ids=values["related_ids"] if complete else None,
        safety=Safety(values["maker_id"], values["responsible_person_id"], values["safety_text"]) if complete else None,
    )


def ships_at_all(page: ProductOnPage) -> bool:
    """Whether any variant is sent in a parcel: what the one box of the page shows."""
    return any(variant.requires_shipping for variant in page.variants)


def counts_at_all(page: ProductOnPage) -> bool:
    return any(variant.tracks_stock for variant in page.variants)
