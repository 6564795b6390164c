"""Editing a placed order: one form, its difference computed while it is filled in, nothing lost when it is stale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import get_language, gettext

from duli.base.clock import now
from duli.base.errors import DuliError, sentence
from duli.base.text import one_line
from duli.commerce.customers.types import Address
from duli.commerce.orders.editing import AddedLine, EditResult, EditWish
from duli.commerce.orders.goods import Goods, find_goods, goods, shopper_of
from duli.commerce.orders.live_rates import live_of, parcel_of
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.selectors import order_detail
from duli.commerce.orders.services import ask_carriers_about_edit, preview_edit, staff_edit_order
from duli.commerce.orders.types import NothingChanged, StaleOrder
from duli.commerce.pricing.selectors import conversion_now
from duli.commerce.shipping.selectors import rates
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import go_to, is_partial
from duli.web.backoffice.kit.forms import amount_text, parse_amount
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.screens.order import back_to
from duli.web.backoffice.screens.order_money import WAITS
from duli.web.backoffice.shell import render

MOST_ADDED = 50


@dataclass(frozen=True, slots=True)
class LineField:
    """A line with what was typed about it. `usual` is the price that stood there by itself, `usual_discount` what came
    off: what differs was typed. `because` are the price lists by which it costs that.
    """

    line: OrderLine
    quantity: str
    price: str
    discount: str
    removed: bool
    usual: str
    usual_discount: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class AddedField:
    """Goods that are added; `usual` and `because` as of a line."""

    goods: Goods
    quantity: str
    price: str
    usual: str
    because: str = ""


class EditForm:
    """What was typed, kept as it was typed, and the wish it amounts to; `problems` are sentences."""

    def __init__(self, order: Order, data: QueryDict | None) -> None:
        self.order = order
        self.data = data if data is not None else QueryDict()
        self.problems: list[str] = []
        self.version = self._whole("version", order.version)
        self.query = one_line(self.data.get("find", ""), 100)
        self.note = one_line(self.data.get("note", ""), 500)
        self.notify = data is None or self.data.get("notify") == "1"
        self.method = self.data.get("method", "")[:40]
        self.shipping = self.data.get("shipping", amount_text(order.shipping_minor, order.currency))[:24]
        self.discount = self.data.get("order_discount", "")[:24]
        ids = [text for text in self.data.getlist("added") if text.isascii() and text.isdigit() and len(text) < 19]
        wanted = self.data.get("add", "")
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 and wanted not in ids:
            ids.append(wanted)
        dropped = self.data.get("drop", "")
        self.added_ids = [int(text) for text in dict.fromkeys(ids) if text != dropped][:MOST_ADDED]
        shopper = shopper_of(order) if self.added_ids else None
        found = goods(self.added_ids, currency=order.currency, language=order.language, at=now(), shopper=shopper)
        self.added = [
            AddedField(
                found[pk],
                self.data.get(f"added-quantity-{pk}", "1")[:12],
                self.data.get(f"added-price-{pk}", self._price(found[pk]))[:24],
                self.data.get(f"added-usual-{pk}", self._price(found[pk]))[:24],
                _names(found[pk].because),
            )
            for pk in self.added_ids
            if pk in found
        ]
        self.lines = [self._line(line) for line in order.lines.all()]

    def _price(self, item: Goods) -> str:
        return amount_text(item.price.minor, self.order.currency) if item.price else ""

    def _line(self, line: OrderLine) -> LineField:
        currency = self.order.currency
        price, discount = (
            amount_text(minor, currency) for minor in (line.unit_price_minor, line.discount_minor or None)
        )
        return LineField(
            line,
            self.data.get(f"quantity-{line.pk}", str(line.quantity))[:12],
            self.data.get(f"price-{line.pk}", price)[:24],
            self.data.get(f"discount-{line.pk}", discount)[:24],
            self.data.get(f"quantity-{line.pk}", "") == "0",
            self.data.get(f"usual-{line.pk}", price)[:24],
            self.data.get(f"usual-discount-{line.pk}", discount)[:24],
        )

    def show_lists(self, found: EditResult | None) -> None:
        """Put the prices of lists where nobody typed one, and say which lists they are of."""
        listed = found.listed if found is not None else {}

        def field(entry: Any, key: str, usual: str) -> Any:
            if entry.price != entry.usual:
                return replace(entry, because="")
            by = listed.get(key)
            price = amount_text(by.minor, self.order.currency) if by is not None else usual
            return replace(entry, price=price, usual=price, because=_names(by.because) if by is not None else "")

        self.lines = [
            self._with_discount(
                field(entry, str(entry.line.pk), amount_text(entry.line.unit_price_minor, self.order.currency)), found
            )
            for entry in self.lines
        ]
        if found is not None:
            places = {entry.goods.variant_id: f"new:{at}" for at, entry in enumerate(self._wanted())}
            self.added = [
                field(entry, places.get(entry.goods.variant_id, ""), self._price(entry.goods)) for entry in self.added
            ]

    def _with_discount(self, entry: LineField, found: EditResult | None) -> LineField:
        """Show what comes off a line, which grows and shrinks with its units, where nobody typed it."""
        if entry.discount != entry.usual_discount:
            return entry
        minor = entry.line.discount_minor
        if found is not None and not self.discount:
            key = str(entry.line.pk)
            minor = next((line.discount.minor for line in found.quote.lines if line.key == key), minor)
        text = amount_text(minor or None, self.order.currency)
        return replace(entry, discount=text, usual_discount=text)

    def _wanted(self) -> list[AddedField]:
        """Return the goods of which units are added, in the order of the wish."""
        return [item for item in self.added if self._whole(f"added-quantity-{item.goods.variant_id}", 1)]

    def _whole(self, name: str, default: int) -> int:
        text = self.data.get(name, "").strip()
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            self.problems.append(gettext("“%(text)s” is not a whole number.") % {"text": text[:20]})
            return default
        return int(text)

    def _amount(self, text: str, default: int | None) -> int | None:
        try:
            found = parse_amount(text, self.order.currency)
        except ValidationError as error:
            self.problems.append(" ".join(error.messages))
            return default
        return default if found is None else found

    def wish(self) -> EditWish:
        """Return what differs from the order as it is."""
        quantities: dict[int, int] = {}
        prices: dict[int, int] = {}
        discounts: dict[int, int] = {}
        for entry in self.lines:
            line = entry.line
            quantity = self._whole(f"quantity-{line.pk}", line.quantity)
            price = self._amount(entry.price, line.unit_price_minor) if entry.price != entry.usual else None
            discount = self._amount(entry.discount or "0", None) if entry.discount != entry.usual_discount else None
            if quantity != line.quantity:
                quantities[line.pk] = quantity
            if price is not None:
                prices[line.pk] = price
            if discount is not None:
                discounts[line.pk] = discount
        additions = []
        for item in self._wanted():
            price = self._amount(item.price, None) if item.price != item.usual else None
            units = self._whole(f"added-quantity-{item.goods.variant_id}", 1)
            additions.append(AddedLine(item.goods.variant_id, units, price))
        shipping = self._amount(self.shipping, self.order.shipping_minor)
        method = self.method if self.method != self.order.shipping_method_code else ""
        return EditWish(
            quantities=quantities,
            prices=prices,
            discounts=discounts,
            additions=tuple(additions),
            order_discount_minor=self._amount(self.discount, 0) or 0,
            # A method that was just chosen brings its own price, unless another one was typed as well.
            shipping_minor=shipping if shipping != self.order.shipping_minor else None,
            shipping_method_code=method or None,
        )


def _names(because: Iterable[str]) -> str:
    return " · ".join(because)


def _methods(order: Order) -> list[tuple[str, str]]:
    address = Address.from_json(order.shipping_address or {})
    parcel = parcel_of(order, EditWish(), {})
    if not address.country or not parcel.quantity:
        return []
    language = get_language() or "en"
    found = rates(
        country=address.country,
        region=address.region,
        parcel=parcel,
        language=language,
        convert=conversion_now(order.currency),
        live=live_of(order, parcel),
    )
    offered = [(rate.code, f"{rate.name} · {rate.price.format(language)}") for rate in found]
    if order.shipping_method_code not in {code for code, _label in offered}:
        offered.insert(0, (order.shipping_method_code, order.shipping_method_name or "—"))
    return offered


def _preview(form: EditForm) -> EditResult | None:
    wish = form.wish()
    if form.problems:
        return None
    try:
        if wish.shipping_method_code:
            ask_carriers_about_edit(order_id=form.order.pk, wish=wish)
        return preview_edit(order_id=form.order.pk, wish=wish)
    except NothingChanged:
        return None
    except DuliError as error:
        form.problems.append(sentence(error))
        return None


@screen("orders.view", write="orders.edit")
def order_edit(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show the form with what was typed and its difference; "save" writes it, unless the order changed meanwhile."""
    require(request.user, "orders.edit")
    if request.method != "POST":
        # What the methods cost stands beside their names.
        ask_carriers_about_edit(order_id=order_id, wish=EditWish())
    order = order_detail(order_id)
    bound = request.method == "POST"
    form = EditForm(order, request.POST if bound else None)
    status = 200
    if bound and "save" in request.POST:
        wish = form.wish()
        if not form.problems:
            try:
                changed = staff_edit_order(
                    order_id=order_id,
                    wish=wish,
                    version=form.version,
                    note=form.note,
                    notify=form.notify,
                    actor=actor_of(request),
                )
            except DuliError as error:
                form.problems.append(sentence(error))
                status = error.status
                if isinstance(error, StaleOrder):
                    # What was typed stays; saving again is a decision about the order as it is now.
                    form.version = order_detail(order_id).version
            else:
                done = gettext("Order #%(number)s is changed") % {"number": changed.number} if changed else str(WAITS)
                toast(request, done)
                return go_to(request, back_to(order_id))
        else:
            status = 422
    found = _preview(form) if bound and status == 200 else None
    if not form.problems:
        form.show_lists(found)
    results = find_goods(form.query) if form.query else []
    shopper = shopper_of(order) if results else None
    offered = goods(results, currency=order.currency, language=order.language, at=now(), shopper=shopper)
    context: dict[str, Any] = {
        "here": "orders.all",
        "order": order,
        "form": form,
        "found": found,
        "difference": found.difference if found else 0,
        "captured": order.payment_collection.captured_minor if order.payment_collection else 0,
        "results": [offered[pk] for pk in results if pk in offered and pk not in form.added_ids],
        "methods": _methods(order),
        "currency": order.currency,
    }
    if found:
        due = found.quote.total.minor - context["captured"] - order.offset_minor
        context["due"], context["too_much"] = max(0, due), max(0, -due)
    template = "backoffice/orders/edit_form.html" if is_partial(request) else "backoffice/orders/edit.html"
    return render(request, template, context, status=status)
