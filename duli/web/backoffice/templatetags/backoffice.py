"""What the templates of the back office can say: icons, money, instants, fields, pills."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlencode

from babel.numbers import format_decimal
from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, Textarea
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from duli.base.money import Money, format_money
from duli.commerce.catalogue.models import Product
from duli.commerce.orders.return_reasons import words_of
from duli.commerce.orders.words import source_words
from duli.web.backoffice.job_words import job_words, schedule_words
from duli.web.backoffice.kit import cells, when
from duli.web.backoffice.kit.icons import icon as draw_icon
from duli.web.backoffice.kit.toasts import Undo, copy_of, undo_of
from duli.web.backoffice.kit.words import listed
from duli.web.backoffice.order_words import reason_words, risk_words
from duli.web.backoffice.places import country_name, language_name
from duli.web.backoffice.product_columns import Columns
from duli.web.backoffice.product_grid import VariantRow

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=1)
def assets() -> SafeString:
    """The styles and scripts of every page; their addresses do not change while the process runs."""
    return render_to_string("backoffice/kit/assets.html")


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    return draw_icon(name, size)


@register.filter
def names(entries: Iterable[object]) -> str:
    """Names one after the other, as the reader's language parts them."""
    return listed(map(str, entries))


@register.filter
def money(amount: Money | None) -> str:
    """The amount as the reader's language writes it."""
    return "" if amount is None else amount.format(get_language() or "en")


@register.simple_tag
def minor(amount: int | None, currency: str) -> str:
    """Minor units of a currency, as the reader's language writes them; empty for None."""
    return "" if amount is None else format_money(amount, currency, get_language() or "en")


@register.filter
def percent(rate: str) -> str:
    """A rate as documents have it: "0.13" is 13%."""
    return f"{Decimal(str(rate)) * 100:f}".rstrip("0").rstrip(".") + "%"


@register.filter
def risk_reasons(codes: list[str]) -> list[str]:
    """Why rules found an order odd."""
    return risk_words(codes)


@register.filter
def whole(count: int) -> str:
    """A count with its thousands apart: "12,000"."""
    return format_decimal(count, locale="zh_Hans" if (get_language() or "").startswith("zh") else "en")


@register.simple_tag
def capped(count: int, most: int) -> str:
    """A count that stops at `most`: "1,000+"."""
    return f"{whole(most)}+" if count > most else whole(count)


@register.filter
def when_cell(instant: datetime | None) -> SafeString:
    return cells.When(instant).html()


@register.filter
def clock(instant: datetime) -> SafeString:
    """The time of day, with the day in the hint."""
    return format_html(
        '<time class="muted num" datetime="{}" title="{}">{}</time>',
        instant.isoformat(timespec="seconds"),
        when.exact_words(instant),
        when.when_words(instant),
    )


@register.filter
def draw(thing: object) -> SafeString:
    """A pill or a cell, written by itself."""
    return thing.html()  # type: ignore[attr-defined, no-any-return]


@register.filter
def unlocalized(number: float) -> str:
    """A coordinate, with a point whatever the language."""
    return f"{number:g}"


@register.filter
def to_copy(message: Message) -> str:
    """What a toast hands over to be copied."""
    return copy_of(message)


@register.filter
def undo(message: Message) -> Undo | None:
    return undo_of(message)


@register.filter
def initials(name: str) -> str:
    """What stands in the round mark of a person: one Chinese character or up to two letters."""
    words = name.split()
    if not words:
        return "·"
    if len(words) > 1 and words[0].isascii():
        return (words[0][0] + words[-1][0]).upper()
    return words[0][:1].upper()


@register.inclusion_tag("backoffice/kit/field.html")
def field(bound: BoundField, classes: str = "", prefix: str = "", suffix: str = "") -> dict[str, object]:
    """One field with its label, help and errors, tied together for screen readers."""
    widget = bound.field.widget
    described = [f"{bound.id_for_label}-help"] if bound.help_text else []
    if bound.errors:
        described.append(f"{bound.id_for_label}-error")
    attributes: dict[str, str | bool] = {"class": f"input {classes}".strip()}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    tick = isinstance(widget, CheckboxInput)
    group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    if tick:
        attributes["class"] = "check"
    if group:
        # Its choices are drawn one by one; what describes all of them stands at the group.
        widget.attrs["class"] = "check"
    return {
        "bound": bound,
        "input": bound.as_widget(attrs=attributes),
        "tick": tick,
        "group": group,
        "optional": not bound.field.required
        and not tick
        and not isinstance(widget, Select)
        and not hasattr(bound.field, "is_asked_with"),
        "tall": isinstance(widget, Textarea),
        "prefix": prefix,
        "suffix": suffix,
        "described": " ".join(described),
    }


@register.inclusion_tag("backoffice/kit/writing_button.html")
def writing_button(task: str, language: str, product: Product | None) -> dict[str, object]:
    """What opens the dialog in which a language model suggests or translates the texts of one language."""
    query = {"task": task, "language": language} | ({"product": product.pk} if product else {})
    return {"task": task, "url": f"{reverse('backoffice:product_writing')}?{urlencode(query)}"}


@register.filter
def as_input(bound: BoundField) -> SafeString:
    """The input alone, in the kit's clothes."""
    return bound.as_widget(attrs={"class": "check" if isinstance(bound.field.widget, CheckboxInput) else "input"})


@dataclass(frozen=True, slots=True)
class PlainCell:
    """A cell of the plain table of variants."""

    key: str
    label: str
    kind: str
    text: str
    error: str
    readonly: bool


@register.filter
def plain_cells(row: VariantRow, columns: Columns) -> list[PlainCell]:
    """The cells of a row with what was typed there, and what is wrong with it."""
    return [
        PlainCell(
            key,
            label,
            kind,
            row.cells.get(key, ""),
            row.errors.get(key, ""),
            key in columns.stock and not columns.may_count,
        )
        for key, label, kind, _width in columns.labelled()
        if kind != "image"
    ]


@register.filter
def entry(values: Mapping[str, str], key: str) -> str:
    """The text a mapping has for a key, or nothing."""
    return values.get(key, "")


@register.simple_tag
def rich_text_words() -> str:
    """The names of the editor's tools as JSON, for the script that draws them."""
    return json.dumps(
        {
            "bold": gettext("Bold"),
            "italic": gettext("Italic"),
            "heading-2": gettext("Heading"),
            "list": gettext("List"),
            "list-ordered": gettext("Numbered list"),
            "link": gettext("Link"),
            "table": gettext("Table"),
            "address": gettext("Address of the link"),
            "apply": gettext("Apply"),
            "unlink": gettext("Remove the link"),
        },
        ensure_ascii=False,
    )


@register.filter
def signed(number: int) -> str:
    """A change with its sign: +3, −2."""
    return f"+{number}" if number > 0 else f"−{-number}" if number < 0 else "0"


@register.filter
def reference_link(reference: str) -> SafeString | str:
    """A link to what a reference such as "order:12" names; plain words for anything else."""
    kind, _, key = reference.partition(":")
    if kind == "order" and key.isdigit():
        return format_html(
            '<a class="link" href="{}">{}</a>', reverse("backoffice:order", args=[int(key)]), gettext("Order")
        )
    papers = {
        "transfer": ("stock_transfer", gettext("Transfer")),
        "delivery": ("stock_transfer", gettext("Delivery")),
        "count": ("stock_count", gettext("Count sheet")),
    }
    if kind in papers and key.isdigit():
        name, words = papers[kind]
        return format_html(
            '<a class="link" href="{}">{} {}</a>', reverse(f"backoffice:{name}", args=[int(key)]), words, key
        )
    return reference


@register.filter
def return_reason(code: str) -> str:
    """Return why something comes back, as the merchant words it."""
    return words_of(code, get_language() or "en")


@register.filter
def cancel_reason(code: str) -> str:
    return reason_words(code)


@register.simple_tag
def delta(now_number: int, before: int) -> SafeString:
    """How a number stands to the one before, in words and with a sign; nothing without one to compare with."""
    if not before:
        return SafeString("")
    percent = round((now_number - before) * 100 / before)
    words = gettext("compared with the same day last week")
    if percent == 0:
        return format_html('<span class="delta" title="{}">= 0%</span>', words)
    arrow, look = ("↑", "up") if percent > 0 else ("↓", "down")
    return format_html('<span class="delta {}" title="{}">{} {}%</span>', look, words, arrow, abs(percent))


register.filter("job_words", job_words)
register.filter("language_name", language_name)
register.filter("country_name", country_name)


@register.filter
def country_names(codes: Iterable[str]) -> str:
    """The names of countries in the reader's language, as a list is written there."""
    return names(map(country_name, codes))


register.filter("source_words", source_words)
register.filter("schedule_words", schedule_words)
