"""Fields of forms: the checks every input gets, whatever the screen."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from duli.base.money import Money, exponent
from duli.base.text import one_line, without_control

MAXIMUM_ID = 2**63 - 1


class Line(forms.CharField):
    """One line of text; control characters and runs of spaces do not survive."""

    def __init__(self, *, max_length: int = 255, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: Any) -> str:
        return one_line(str(super().to_python(value) or ""))


class Prose(forms.CharField):
    """Several lines of text."""

    def __init__(self, *, max_length: int = 5000, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: Any) -> str:
        return without_control(str(super().to_python(value) or ""))


class DayInput(forms.DateInput):
    """A calendar. Browsers take and give ISO days, whatever the language writes."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class Id(forms.IntegerField):
    """A key of a row, never a number a database could choke on."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAXIMUM_ID, **kwargs)


class IdList(forms.Field):
    """Keys of rows, given as many values of one name; at most `limit`."""

    def __init__(self, *, limit: int = 500, **kwargs: Any) -> None:
        self.limit = limit
        kwargs.setdefault("widget", forms.MultipleHiddenInput())
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[int]:
        given = list(dict.fromkeys(value or []))
        if self.required and not given:
            raise ValidationError(_("Choose at least one row first."))
        if len(given) > self.limit:
            raise ValidationError(_("Choose at most %(limit)s rows."), params={"limit": self.limit})
        if not all(str(text).isascii() and str(text).isdigit() and 0 < int(text) <= MAXIMUM_ID for text in given):
            raise ValidationError(_("Choose the rows again."))
        return [int(text) for text in given]


def parse_amount(text: str, currency: str) -> int | None:
    """Return minor units of an amount as people write it ("1,280.00"); None if empty.

    ValidationError for anything that is not an amount of this currency: letters, a sign, too many decimals.
    """
    cleaned = text.strip().replace(",", "").replace("，", "").replace(" ", "")
    if not cleaned:
        return None
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        raise ValidationError(_("Enter an amount such as 128.00.")) from None
    if not amount.is_finite() or amount < 0 or amount >= Decimal(10) ** 11 or "e" in cleaned.lower():
        raise ValidationError(_("Enter an amount such as 128.00."))
    if -int(amount.normalize().as_tuple().exponent) > exponent(currency):
        raise ValidationError(_("This currency has %(places)s decimals."), params={"places": exponent(currency)})
    return Money.of(amount, currency).minor


def amount_text(minor: int | None, currency: str) -> str:
    """Return minor units as an input shows them: "1280.00"; empty for None."""
    return "" if minor is None else str(Money(minor, currency).amount)


class Amount(forms.CharField):
    """Money of one currency in major units; cleans to minor units or None."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)

    def clean(self, value: Any) -> int | None:
        return parse_amount(super().clean(value) or "", self.currency)


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class Files(forms.FileField):
    """Several files; cleans to a list. Their content is for the service to judge, their number and size are checked."""

    def __init__(self, *, most: int, megabytes: int, **kwargs: Any) -> None:
        kwargs.setdefault("widget", _ManyFiles())
        super().__init__(**kwargs)
        self.most, self.megabytes = most, megabytes

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if len(given) > self.most or any(file.size > self.megabytes * 1024 * 1024 for file in given):
            raise ValidationError(
                _("At most %(most)s files of up to %(megabytes)s MB each, please."),
                params={"most": self.most, "megabytes": self.megabytes},
            )
        return [super(Files, self).clean(file, initial) for file in given]
