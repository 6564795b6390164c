"""The form of a discount: which fields its goal has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.commerce.customers.selectors import segments
from duli.commerce.membership.selectors import MARK, tier_views
from duli.commerce.payments.selectors import methods_switched_on
from duli.commerce.promotions.models import Promotion
from duli.commerce.promotions.rules import MOST_TIMES
from duli.commerce.promotions.services.save import MOST_AFTER, MOST_BEFORE
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.selectors import markets
from duli.web.backoffice.discount_goals import (
    GOALS,
    GROUPS,
    NO_SCOPE,
    OWN_FIELDS,
    PARTS,
    STEPS,
    goal_of,
    grouped,
    rules_of,
    says_all,
    values_of,
)
from duli.web.backoffice.kit.facets import Facets
from duli.web.backoffice.kit.forms import Amount, Line, amount_text
from duli.web.backoffice.kit.price_rows import PriceRows
from duli.web.backoffice.product_form import moment

MOST: Final = 2_000_000_000
SCOPE: Final = ("on", "not_on", "full_price", "price_from", "price_to")
NEEDS: Final = ("from_amount", "from_quantity", "need_on", "need_all")
AUDIENCE: Final = (
    "first_order",
    "members_only",
    "tiers",
    "segments",
    "tags",
    "markets",
    "sources",
    "payments",
    "referrals",
)
WHEN: Final = ("starts_at", "ends_at")
LIMITS: Final = ("limit_total", "limit_customer", "limit_day", "budget", "floor_percent")
TOGETHER: Final = ("stacking", "group", "priority")
_PLAIN: Final = (*WHEN, "limit_total", "limit_customer", "limit_day", *TOGETHER)
_NOT_ON_SHELF: Final = (
    *(*NEEDS, "first_order", "payments", "referrals", "needs_code", "code", "is_listed"),
    *("for_birthdays", "birthday_before", "birthday_after"),
    *("limit_total", "limit_customer", "limit_day", "budget"),
)
_SPLIT = re.compile(r"[,，、\n]")


class Words(forms.CharField):
    """Words separated by commas; cleans to a list."""

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else ", ".join(value or ())

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value) or ""
        found = list(dict.fromkeys(word.strip() for word in _SPLIT.split(text) if word.strip()))
        if any(len(word) > 60 or "\x00" in word for word in found) or len(found) > 50:
            raise ValidationError(_("At most 50 words of up to 60 letters."))
        return found


class DiscountForm(forms.Form):
    """Amounts are of the store's own currency; in others they are converted as prices are."""

    name = Line(label=_("Name"), max_length=120, help_text=_("Shoppers read it in the cart."))
    percent = forms.DecimalField(label=_("Percent"), min_value=Decimal("0.01"), max_value=100, decimal_places=2)
    times = forms.DecimalField(
        label=_("Times the points"),
        min_value=Decimal("1.01"),
        max_value=MOST_TIMES // 100,
        decimal_places=2,
        help_text=_("For who is signed in, while points are given. Several such discounts add up."),
    )
    quantity = forms.IntegerField(label=_("Items together"), min_value=1, max_value=1000)
    buy = forms.IntegerField(label=_("Buy"), min_value=1, max_value=1000)
    get = forms.IntegerField(label=_("Get"), min_value=1, max_value=1000)
    get_on = Facets(label=_("What they get"), help_text=_("None chosen: any of the same goods."))
    each = forms.BooleanField(label=_("Off each item"), required=False)
    most_times = forms.IntegerField(
        label=_("At most so many times an order"), required=False, min_value=1, max_value=10_000
    )
    on = Facets(label=_("On these goods"), help_text=_("None chosen: everything."))
    not_on = Facets(label=_("Never on these"))
    full_price = forms.BooleanField(label=_("Not on what is reduced already"), required=False)
    from_quantity = forms.IntegerField(label=_("From so many items"), required=False, min_value=1, max_value=100_000)
    need_on = Facets(label=_("Counting only these goods"), help_text=_("None chosen: the goods it is on."))
    need_all = forms.BooleanField(label=_("Counting the whole cart"), required=False)
    first_order = forms.BooleanField(label=_("First orders only"), required=False)
    members_only = forms.BooleanField(label=_("Only who is signed in to an account"), required=False)
    tiers = forms.MultipleChoiceField(
        label=_("Only for members of these tiers"), required=False, widget=forms.CheckboxSelectMultiple
    )
    segments = forms.MultipleChoiceField(
        label=_("Only for customers of these segments"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who is signed in is in a segment as long as its rules fit."),
    )
    tags = Words(
        label=_("Customer groups (tags)"), required=False, help_text=_("One of them is enough. Separate with commas.")
    )
    markets = forms.MultipleChoiceField(
        label=_("Only in these markets"), required=False, widget=forms.CheckboxSelectMultiple
    )
    sources = forms.MultipleChoiceField(
        label=_("Only by these channels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    payments = forms.MultipleChoiceField(label=_("Only paid by"), required=False, widget=forms.CheckboxSelectMultiple)
    referrals = forms.MultipleChoiceField(
        label=_("Only who came by a recommendation"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("friend", _("By a friend's link")), ("partner", _("By a partner's link"))],
    )
    needs_code = forms.BooleanField(label=_("Shoppers enter a code"), required=False)
    code = Line(
        label=_("Discount code"), max_length=40, required=False, help_text=_("More codes can be added afterwards.")
    )
    is_listed = forms.BooleanField(
        label=_("Show it in the coupon centre"),
        required=False,
        help_text=_("Shoppers find its code there and take it with one tap."),
    )
    for_birthdays = forms.BooleanField(
        label=_("Give everybody a code of their own for their birthday"),
        required=False,
        help_text=_("Customers tell the day in their account; the code is mailed and good for one order of theirs."),
    )
    birthday_before = forms.IntegerField(
        label=_("Days before the birthday"), required=False, min_value=0, max_value=MOST_BEFORE
    )
    birthday_after = forms.IntegerField(
        label=_("Days it is good after the birthday"), required=False, min_value=0, max_value=MOST_AFTER
    )
    starts_at = moment(_("Starts"), _("Empty: at once. In the time zone of the shop."))
    ends_at = moment(_("Ends"), _("Empty: without end."))
    limit_total = forms.IntegerField(label=_("Uses in all"), required=False, min_value=1, max_value=MOST)
    limit_customer = forms.IntegerField(label=_("Uses a customer"), required=False, min_value=1, max_value=MOST)
    limit_day = forms.IntegerField(label=_("Uses a day"), required=False, min_value=1, max_value=MOST)
    floor_percent = forms.DecimalField(
        label=_("Least margin over the cost, in percent"),
        required=False,
        min_value=0,
        max_value=10_000,
        decimal_places=2,
        help_text=_("It never takes goods below their cost and this. Goods without a cost are not bound."),
    )
    stacking = forms.ChoiceField(label=_("Combining"), choices=Promotion.Combining.choices)
    group = Line(label=pgettext_lazy("discounts", "Group"), max_length=40, required=False)
    priority = forms.IntegerField(
        label=pgettext_lazy("discounts", "Order"), min_value=0, max_value=1_000_000, help_text=_("Lower goes first.")
    )

    def __init__(self, data: Any, *, goal: str, currency: str, row: Promotion | None = None) -> None:
        self.goal, self.currency, self.row = goal, currency, row
        card = GOALS[goal]
        initial = initial_of(row, currency) if row else _first(goal)
        super().__init__(data, initial=initial)
        self._amounts()
        for language, spoken in settings.LANGUAGES:
            self.fields[f"title_{language}"] = Line(
                label=_("Name in %(language)s") % {"language": spoken}, max_length=120, required=False
            )
        self.fields["table"] = PriceRows(
            label=_("Prices"),
            currency=currency,
            help_text=_(
                "A line each: SKU, units, price. Paste them from a spreadsheet. Without units the price counts from "
                "the first one on; a price above the article's own does not count."
            ),
        )
        self._choices(row)
        self.step_names, self.part_names = self._steps(), self._parts()
        gone = {*OWN_FIELDS} - {*card.fields}
        if card.kind == "add_on":
            self.fields["quantity"].label = _("At most so many an order")
            self.fields["on"].required = True
            self.fields["on"].label = _("Goods they choose from")
            gone |= {"full_price", "price_from", "price_to", "not_on"}
        if goal == "points":
            gone |= {"budget", "floor_percent"}
        if goal in NO_SCOPE:
            gone |= {*SCOPE}
        if card.on_shelf:
            gone |= {*_NOT_ON_SHELF}
        if row is not None:
            gone.add("code")
        if not self.knows_rules:
            gone |= {*OWN_FIELDS, *SCOPE, *NEEDS, *AUDIENCE, *self.step_names, *self.part_names}
        for name in gone & {*self.fields}:
            del self.fields[name]

    def _amounts(self) -> None:
        for name, label, help_text in (
            ("amount", _("Amount"), ""),
            ("most", _("At most"), _("Empty: no limit.")),
            ("from_amount", _("From a sum of"), ""),
            ("price_from", _("Goods that cost at least"), ""),
            ("price_to", _("Goods that cost at most"), ""),
            ("budget", _("Stops when it gave"), _("In all orders together. Empty: never.")),
        ):
            required = name == "amount"
            self.fields[name] = Amount(label=label, help_text=help_text, currency=self.currency, required=required)
        if self.goal == "shipping":
            self.fields["most"].label = _("Only shipping that costs at most")

    def _choices(self, row: Promotion | None) -> None:
        stored = dict(row.rules["audience"]) if row else {}
        stored |= grouped(stored)
        language = get_language() or "en"
        for name, found in (
            ("tiers", [(f"{MARK}{view.id}", view.name) for view in tier_views(language)]),
            ("segments", [(row.reference, row.name) for row in segments()]),
            ("markets", [(market.code, market.name) for market in markets()]),
            ("sources", [("storefront", _("Web shop")), ("api", _("Apps and programs (API)"))]),
            ("payments", [(way.code, way.name) for way in methods_switched_on(language)]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            known = {code for code, _label in found}
            # What was chosen once stays to be seen, even where it is switched off by now.
            field.choices = [*found, *((code, code) for code in stored.get(name, ()) if code not in known)]

    def _steps(self) -> list[str]:
        card, names = GOALS[self.goal], []
        if card.kind not in {"ladder", "tiers"}:
            return []
        for number in range(1, (1 if self.goal == "every" else STEPS) + 1):
            first = number == 1
            at: forms.Field
            off: forms.Field
            if self.goal in {"pieces", "tiers"}:
                at = forms.IntegerField(label=_("From so many items"), min_value=1, max_value=100_000, required=first)
            else:
                at = Amount(label=_("From a sum of"), currency=self.currency, required=first)
            if self.goal in {"ladder", "every"}:
                off = Amount(label=_("Taken off"), currency=self.currency, required=first)
            else:
                off = forms.DecimalField(
                    label=_("Percent off"), min_value=Decimal("0.01"), max_value=100, decimal_places=2, required=first
                )
            self.fields[f"at_{number}"], self.fields[f"off_{number}"] = at, off
            names += [f"at_{number}", f"off_{number}"]
        return names

    def _parts(self) -> list[str]:
        names = []
        for number in range(1, PARTS + 1) if self.goal == "set" else ():
            self.fields[f"count_{number}"] = forms.IntegerField(
                label=_("How many"), min_value=1, max_value=100, initial=1, required=number < 3
            )
            self.fields[f"part_{number}"] = Facets(label=_("Of these goods"), required=number < 3)
            names += [f"count_{number}", f"part_{number}"]
        return names

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("stacking") == Promotion.Combining.GROUP and not values.get("group"):
            self.add_error("group", _("Name the group."))
        named = any(values.get(name) for name in GROUPS) or values.get("members_only")
        if self.goal == "members" and "tags" in values and not named:
            self.add_error("members_only", _("Say whose prices these are: tick this, or name groups."))
        return values

    @property
    def knows_rules(self) -> bool:
        """Whether the form can say all that the stored rules say; what a program declared may be richer."""
        return self.row is None or says_all(self.goal, self.row.rules, self.currency)

    def pairs(self, names: Iterable[str]) -> list[tuple[Any, Any]]:
        left = [self[name] for name in names if name in self.fields]
        return list(zip(left[::2], left[1::2], strict=True))

    @property
    def step_rows(self) -> list[tuple[Any, Any]]:
        return self.pairs(self.step_names)

    @property
    def part_rows(self) -> list[tuple[Any, Any]]:
        return self.pairs(self.part_names)

    @property
    def title_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("title_")]

    def _those(self, names: Iterable[str]) -> list[Any]:
        return [self[name] for name in names if name in self.fields]

    @property
    def gives(self) -> list[Any]:
        return self._those(name for name in OWN_FIELDS if name not in {"get_on", "table"})

    @property
    def gets(self) -> list[Any]:
        return self._those(["table", "get_on"])

    @property
    def scope_fields(self) -> list[Any]:
        return self._those(["on", "not_on"])

    @property
    def price_fields(self) -> list[Any]:
        return self._those(["price_from", "price_to"])

    @property
    def ticks(self) -> list[Any]:
        return self._those(["full_price"])

    @property
    def need_fields(self) -> list[Any]:
        return self._those(["from_amount", "from_quantity"])

    @property
    def need_more(self) -> list[Any]:
        return self._those(["need_all", "need_on"])

    @property
    def audience_fields(self) -> list[Any]:
        found = self._those(AUDIENCE)
        # A question with one answer is none.
        least = {"markets": 2, "tiers": 1, "segments": 1}
        return [bound for bound in found if len(getattr(bound.field, "choices", "..")) >= least.get(bound.name, 0)]

    @property
    def code_fields(self) -> list[Any]:
        return self._those(["needs_code", "code", "is_listed", "for_birthdays"])

    @property
    def birthday_fields(self) -> list[Any]:
        return self._those(["birthday_before", "birthday_after"])

    @property
    def limit_fields(self) -> list[Any]:
        return self._those(LIMITS)

    def rules(self) -> dict[str, Any]:
        """Return what the fields say as rules; what the form cannot say stays as it is stored."""
        if self.row is not None and not self.knows_rules:
            return dict(self.row.rules)
        return rules_of(self.goal, self.currency, self.cleaned_data)

    def draft(self) -> PromotionDraft:
        """Return what the verb takes."""
        values = self.cleaned_data
        floor = values.get("floor_percent")
        row = self.row
        plain: dict[str, Any] = {name: values.get(name) for name in _PLAIN}
        return PromotionDraft(
            name=values["name"],
            rules=self.rules(),
            titles={code: values[f"title_{code}"] for code, _label in settings.LANGUAGES if values[f"title_{code}"]},
            needs_code=any(values.get(name) for name in ("needs_code", "code", "for_birthdays")),
            is_listed=bool(values.get("is_listed")),
            is_active=row.is_active if row else True,
            on_shelf=row.on_shelf if row else GOALS[self.goal].on_shelf,
            floor_points=int(floor * 100) if floor is not None else None,
            budget_minor=values.get("budget"),
            birthday_before=(values.get("birthday_before") or 0) if values.get("for_birthdays") else None,
            birthday_after=_given(values.get("birthday_after"), 30),
            **plain,
        )


def _given(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _first(goal: str) -> dict[str, Any]:
    """Return what a new discount of a goal begins with."""
    return {
        "stacking": "all",
        "priority": 100,
        "birthday_before": 7,
        "birthday_after": 30,
        "percent": 100 if goal in {"buy_get", "shipping"} else None,
        "times": 2,
        "quantity": 1 if GOALS[goal].kind == "add_on" else None,
    }


def initial_of(row: Promotion, currency: str) -> dict[str, Any]:
    """Return what the fields say of a stored discount."""
    return {
        **values_of(goal_of(row), row.rules, currency),
        "name": row.name,
        "needs_code": row.needs_code,
        "is_listed": row.is_listed,
        "for_birthdays": row.birthday_before is not None,
        "birthday_before": _given(row.birthday_before, 7),
        "birthday_after": row.birthday_after,
        "budget": amount_text(row.budget_minor, currency),
        "floor_percent": Decimal(row.floor_points) / 100 if row.floor_points is not None else None,
        **{name: getattr(row, name) for name in _PLAIN},
        **{f"title_{language}": title for language, title in row.titles.items()},
    }
