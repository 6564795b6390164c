"""The form of a segment, and a segment in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.money import format_money
from duli.commerce.customers.models import Channel, Segment
from duli.commerce.customers.segments import DATES, NUMBERS, WORDS
from duli.platform.store.selectors import current_store, languages
from duli.web.backoffice.discount_form import Words
from duli.web.backoffice.kit.countries import Countries
from duli.web.backoffice.kit.forms import Amount, Line, amount_text
from duli.web.backoffice.places import country_name, language_name

MONEY: Final = {"spent_from": "spent_from_minor", "spent_to": "spent_to_minor"}
_COUNTS: Final = tuple(name for name in NUMBERS if not name.endswith("_minor"))


def _number(name: str, label: Any, help_text: Any = "") -> forms.IntegerField:
    least, most = NUMBERS[name]
    return forms.IntegerField(label=label, required=False, min_value=least, max_value=most, help_text=help_text)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class SegmentForm(forms.Form):
    """What is left empty does not narrow; all that is filled in must fit."""

    name = Line(label=_("Name"), max_length=60, help_text=_("Only staff read it."))
    orders_from = _number("orders_from", _("Orders at least"))
    orders_to = _number("orders_to", _("Orders at most"))
    ordered_days = _number("ordered_days", _("Last order within so many days"))
    quiet_days = _number("quiet_days", _("No order for so many days"), _("But at least one before that."))
    last_order_from = _day(_("Last order from"))
    last_order_to = _day(_("Last order until"))
    joined_days = _number("joined_days", _("Known for so many days at most"))
    tags = Words(label=_("Tags"), required=False, help_text=_("One of them is enough. Separate with commas."))
    without_tags = Words(label=_("Without these tags"), required=False)
    countries = Countries(label=_("Countries"), required=False, help_text=_("Of the latest address."))
    languages = forms.MultipleChoiceField(label=_("Languages"), required=False, widget=forms.CheckboxSelectMultiple)
    accepts = forms.MultipleChoiceField(
        label=_("Agreed to"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=Channel.choices,
        help_text=_("All that are ticked."),
    )

    def __init__(self, data: Any, *, row: Segment | None = None) -> None:
        self.row, self.currency = row, current_store().default_currency
        super().__init__(data, initial=initial_of(row) if row else None)
        for name, label in (("spent_from", _("Paid at least")), ("spent_to", _("Paid at most"))):
            self.fields[name] = Amount(label=label, currency=self.currency, required=False)
        field = self.fields["languages"]
        assert isinstance(field, forms.MultipleChoiceField)
        stored = row.rules.get("languages", []) if row else []
        field.choices = [(code, language_name(code)) for code in dict.fromkeys([*languages(), *stored])]

    def rules(self) -> dict[str, Any]:
        """Return what the fields say, as far as they are filled in rightly."""
        values = self.cleaned_data
        found = {name: values.get(name) for name in _COUNTS}
        found |= {stored: values.get(name) for name, stored in MONEY.items()}
        found |= {name: values[name].isoformat() for name in DATES if values.get(name)}
        found |= {name: list(values.get(name) or ()) for name in WORDS}
        return {name: value for name, value in found.items() if value not in (None, [])}


def initial_of(row: Segment) -> dict[str, Any]:
    """Return what the fields say of a stored segment."""
    currency = current_store().default_currency
    return {
        "name": row.name,
        **{name: row.rules.get(name) for name in _COUNTS},
        **{name: row.rules.get(name, []) for name in WORDS},
        **{name: date.fromisoformat(row.rules[name]) for name in DATES if name in row.rules},
        **{name: amount_text(row.rules.get(stored), currency) for name, stored in MONEY.items()},
    }


def sentence_of(rules: Mapping[str, Any]) -> str:
    """Return who is meant by the rules of a segment."""
    currency, language = current_store().default_currency, get_language() or "en"
    parts = []
    for name, words in (
        ("orders_from", lambda n: ngettext("at least %(n)s order", "at least %(n)s orders", n)),
        ("orders_to", lambda n: ngettext("at most %(n)s order", "at most %(n)s orders", n)),
        ("ordered_days", lambda n: ngettext("last order within %(n)s day", "last order within %(n)s days", n)),
        ("quiet_days", lambda n: ngettext("no order for %(n)s day", "no order for %(n)s days", n)),
        ("joined_days", lambda n: ngettext("known for %(n)s day at most", "known for %(n)s days at most", n)),
    ):
        if name in rules:
            parts.append(words(rules[name]) % {"n": rules[name]})
    for name, phrase in (
        ("spent_from_minor", gettext("paid at least %s")),
        ("spent_to_minor", gettext("paid at most %s")),
    ):
        if name in rules:
            parts.append(phrase % format_money(rules[name], currency, language))
    for name, phrase in (
        ("last_order_from", gettext("last order from %s")),
        ("last_order_to", gettext("last order until %s")),
    ):
        if name in rules:
            parts.append(phrase % date_format(date.fromisoformat(rules[name])))
    labels = dict(Channel.choices)
    for name, phrase, called in (
        ("tags", gettext("with the tag %s"), str),
        ("without_tags", gettext("without the tag %s"), str),
        ("countries", gettext("from %s"), country_name),
        ("languages", gettext("who read %s"), language_name),
    ):
        if rules.get(name):
            parts.append(phrase % gettext(" or ").join(called(word) for word in rules[name]))
    if rules.get("accepts"):
        ways = gettext(" and ").join(str(labels[word]) for word in rules["accepts"])
        parts.append(gettext("who agreed to %s") % ways)
    return gettext(", ").join(parts)
