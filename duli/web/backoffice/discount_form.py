"""The form of a discount: which fields a goal has, and how they become rules and come back from them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duli.commerce.catalogue.models import Collection
from duli.commerce.promotions.models import Promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.web.backoffice.kit.forms import Amount, Line, amount_text
from duli.web.backoffice.product_form import moment

STEPS: Final = 4
MOST: Final = 2_000_000_000

GOALS: Final[dict[str, tuple[str, Promise, Promise]]] = {
    "percent": ("percent", _("Percent off"), _("10% off everything, or off some collections.")),
    "amount": ("amount", _("Amount off"), _("¥20 off an order, from a sum on.")),
    "ladder": ("ladder", _("The more, the cheaper"), _("¥20 off from ¥200, ¥50 off from ¥400.")),
    "every": ("ladder", _("For every amount"), _("¥10 off for every ¥100.")),
    "pieces": ("ladder", _("By number of items"), _("Two items 10% off, three items 20% off.")),
    "buy_get": ("buy_get", _("Buy some, get some"), _("Buy two, the cheapest of three is free.")),
    "bundle": ("bundle", _("Bundle price"), _("Any three for ¥99.")),
    "price": ("price", _("Fixed price"), _("Each of these costs ¥19.90.")),
    "shipping": ("shipping", _("Free shipping"), _("From a sum on, or with a code.")),
}
_OWN: Final[dict[str, tuple[str, ...]]] = {
    "percent": ("percent",),
    "amount": ("amount", "each"),
    "price": ("amount",),
    "bundle": ("quantity", "amount"),
    "buy_get": ("buy", "get", "percent"),
    "shipping": ("percent",),
}


def goal_of(rules: Mapping[str, Any]) -> str:
    """Return the goal whose card stands for these rules."""
    if rules["kind"] != "ladder":
        return str(rules["kind"])
    return "pieces" if rules["by_quantity"] else "every" if rules["repeats"] else "ladder"


class DiscountForm(forms.Form):
    """Amounts are of the store's own currency; in others they are converted as prices are."""

    name = Line(label=_("Name"), max_length=120, help_text=_("Shoppers read it in the cart."))
    percent = forms.DecimalField(label=_("Percent"), min_value=Decimal("0.01"), max_value=100, decimal_places=2)
    quantity = forms.IntegerField(label=_("Items together"), min_value=1, max_value=1000)
    buy = forms.IntegerField(label=_("Buy"), min_value=1, max_value=1000)
    get = forms.IntegerField(label=_("Get"), min_value=1, max_value=1000)
    each = forms.BooleanField(label=_("Off each item"), required=False)
    collections = forms.MultipleChoiceField(
        label=_("Only these collections"),
        required=False,
        help_text=_("None chosen: everything."),
        widget=forms.CheckboxSelectMultiple,
    )
    from_quantity = forms.IntegerField(label=_("From so many items"), required=False, min_value=1, max_value=100_000)
    first_order = forms.BooleanField(label=_("First orders only"), required=False)
    needs_code = forms.BooleanField(label=_("Shoppers enter a code"), required=False)
    code = Line(
        label=_("Discount code"), max_length=40, required=False, help_text=_("More codes can be added afterwards.")
    )
    starts_at = moment(_("Starts"), _("Empty: at once. In the time zone of the shop."))
    ends_at = moment(_("Ends"), _("Empty: without end."))
    limit_total = forms.IntegerField(label=_("Uses in all"), required=False, min_value=1, max_value=MOST)
    limit_customer = forms.IntegerField(label=_("Uses a customer"), required=False, min_value=1, max_value=MOST)
    limit_day = forms.IntegerField(label=_("Uses a day"), required=False, min_value=1, max_value=MOST)
    stacking = forms.ChoiceField(label=_("Combining"), choices=Promotion.Combining.choices)
    group = Line(label=_("Group"), max_length=40, required=False)
    priority = forms.IntegerField(label=_("Order"), min_value=0, max_value=1_000_000, help_text=_("Lower goes first."))

    def __init__(self, data: Any, *, goal: str, currency: str, row: Promotion | None = None) -> None:
        self.goal, self.currency, self.row = goal, currency, row
        self.kind = GOALS[goal][0]
        initial = initial_of(row, currency) if row else {"stacking": "all", "priority": 100, "percent": _first(goal)}
        super().__init__(data, initial=initial)
        field = self.fields["collections"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (str(pk), title) for pk, title in Collection.objects.order_by("title")[:500].values_list("pk", "title")
        ]
        for name in ("from_amount", "amount"):
            label = _("From a sum of") if name == "from_amount" else _("Amount")
            self.fields[name] = Amount(label=label, currency=currency, required=name == "amount")
        for language, spoken in settings.LANGUAGES:
            self.fields[f"title_{language}"] = Line(
                label=_("Name in %(language)s") % {"language": spoken}, max_length=120, required=False
            )
        self._steps()
        own = {name for names in _OWN.values() for name in names} - set(_OWN.get(self.kind, ()))
        for name in own:
            del self.fields[name]
        if row is not None:
            del self.fields["code"]
        if self.kind == "shipping":
            del self.fields["collections"]
        if not self.knows_rules:
            for name in {*self.fields} & {*(n for names in _OWN.values() for n in names), *_RULES, *self.step_names}:
                del self.fields[name]

    def _steps(self) -> None:
        self.step_names: list[str] = []
        if self.kind != "ladder":
            return
        for number in range(1, (1 if self.goal == "every" else STEPS) + 1):
            first = number == 1
            at: forms.Field
            off: forms.Field
            if self.goal == "pieces":
                at = forms.IntegerField(label=_("From so many items"), min_value=1, max_value=100_000, required=first)
                off = forms.DecimalField(
                    label=_("Percent off"), min_value=Decimal("0.01"), max_value=100, decimal_places=2, required=first
                )
            else:
                at = Amount(label=_("From a sum of"), currency=self.currency, required=first)
                off = Amount(label=_("Taken off"), currency=self.currency, required=first)
            self.fields[f"at_{number}"], self.fields[f"off_{number}"] = at, off
            self.step_names += [f"at_{number}", f"off_{number}"]

    @property
    def knows_rules(self) -> bool:
        """Whether the form can say all that the stored rules say; what a program declared may be richer."""
        if self.row is None:
            return True
        initial = initial_of(self.row, self.currency)
        return _rules(self.goal, self.currency, _cleaned(initial, self.currency)) == self.row.rules

    @property
    def step_rows(self) -> list[tuple[Any, Any]]:
        names = [name for name in self.step_names if name in self.fields]
        return [(self[first], self[second]) for first, second in zip(names[::2], names[1::2], strict=True)]

    @property
    def title_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("title_")]

    def draft(self) -> PromotionDraft:
        """Return what the verb takes."""
        values = self.cleaned_data
        stored = self.row.rules if self.row is not None and not self.knows_rules else None
        return PromotionDraft(
            name=values["name"],
            rules=stored or _rules(self.goal, self.currency, values),
            titles={code: values[f"title_{code}"] for code, _label in settings.LANGUAGES if values[f"title_{code}"]},
            needs_code=values["needs_code"] or bool(values.get("code")),
            is_active=self.row.is_active if self.row else True,
            **{name: values[name] for name in _PLAIN},
        )


_RULES: Final = ("collections", "from_amount", "from_quantity", "first_order")
_PLAIN: Final = (
    *("starts_at", "ends_at", "limit_total", "limit_customer", "limit_day"),
    *("stacking", "group", "priority"),
)


def _first(goal: str) -> int | None:
    return 100 if goal in {"buy_get", "shipping"} else None


def _points(percent: Any) -> int:
    return int(Decimal(percent) * 100)


def _rules(goal: str, currency: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules that the fields of a goal say, as they are stored."""
    kind = GOALS[goal][0]
    chosen = [f"collection:{pk}" for pk in values.get("collections") or ()]
    scope = {"any_of": sorted(chosen)} if chosen else {}
    rules: dict[str, Any] = {"kind": kind}
    if kind in {"percent", "amount", "price", "ladder"}:
        rules["scope"] = scope
    if kind in {"percent", "buy_get", "shipping"}:
        rules["points"] = _points(values["percent"])
    if kind in {"amount", "price", "bundle"}:
        rules["amount"] = {currency: values["amount"]}
    if kind == "amount":
        rules["each"] = bool(values.get("each"))
    if kind == "bundle":
        rules["parts"] = [{"scope": scope, "quantity": values["quantity"]}]
    if kind == "buy_get":
        rules["buy"] = {"scope": scope, "quantity": values["buy"]}
        rules["get"] = {"scope": scope, "quantity": values["get"]}
    if kind == "ladder":
        rules |= {"by_quantity": goal == "pieces", "repeats": goal == "every", "steps": []}
        for number in range(1, STEPS + 1):
            at, off = values.get(f"at_{number}"), values.get(f"off_{number}")
            if at is None or off is None:
                continue
            step = (
                {"at": at, "points": _points(off)}
                if goal == "pieces"
                else {"at": {currency: at}, "amount": {currency: off}}
            )
            rules["steps"].append(step)
    if kind in {"ladder", "bundle", "buy_get"}:
        rules["most_times"] = 0
    need: dict[str, Any] = {"scope": scope if kind != "shipping" else {}}
    if values.get("from_quantity"):
        need["quantity"] = values["from_quantity"]
    if values.get("from_amount"):
        need["amount"] = {currency: values["from_amount"]}
    rules["needs"] = [need] if len(need) > 1 else []
    rules["audience"] = {"order_number": 1} if values.get("first_order") else {}
    return rules


def initial_of(row: Promotion, currency: str) -> dict[str, Any]:
    """Return what the fields say of a stored discount."""
    rules = row.rules
    scope = rules.get("scope") or (rules.get("buy") or {}).get("scope") or {}
    if rules["kind"] == "bundle":
        scope = rules["parts"][0]["scope"]
    need = rules["needs"][0] if rules["needs"] else {}
    points = rules.get("points")
    initial: dict[str, Any] = {
        "name": row.name,
        "percent": Decimal(points) / 100 if points else None,
        "amount": amount_text(rules.get("amount", {}).get(currency), currency),
        "each": rules.get("each", False),
        "quantity": rules["parts"][0]["quantity"] if rules["kind"] == "bundle" else None,
        "buy": (rules.get("buy") or {}).get("quantity"),
        "get": (rules.get("get") or {}).get("quantity"),
        "collections": [
            facet.partition(":")[2] for facet in scope.get("any_of", []) if facet.startswith("collection:")
        ],
        "from_amount": amount_text(need.get("amount", {}).get(currency), currency),
        "from_quantity": need.get("quantity"),
        "first_order": rules["audience"].get("order_number") == 1,
        "needs_code": row.needs_code,
        **{name: getattr(row, name) for name in _PLAIN},
        **{f"title_{language}": title for language, title in row.titles.items()},
    }
    for number, step in enumerate(rules.get("steps", [])[:STEPS], 1):
        if rules["by_quantity"]:
            initial[f"at_{number}"] = step["at"]
            initial[f"off_{number}"] = Decimal(step.get("points", 0)) / 100
        else:
            initial[f"at_{number}"] = amount_text(step["at"].get(currency), currency)
            initial[f"off_{number}"] = amount_text(step.get("amount", {}).get(currency), currency)
    return initial


def _cleaned(initial: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Return initial values as a form would clean them, to see whether rules survive the way there and back."""
    field = Amount(currency=currency, required=False)
    money = {"amount", "from_amount", *(f"{name}_{number}" for name in ("at", "off") for number in range(1, STEPS + 1))}
    return {
        name: field.clean(value) if name in money and isinstance(value, str) else value
        for name, value in initial.items()
    }
