"""What an order keeps of its taxes, and what comes back of them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from duli.commerce.orders import services
from duli.commerce.orders.editing import EditWish
from duli.commerce.orders.models import Order, OrderRefund
from duli.commerce.orders.refunding import everything
from duli.commerce.orders.standing import standing_of
from duli.commerce.orders.types import RefundLine
from duli.commerce.pricing.models import TaxRate
from duli.commerce.pricing.services import put_tax_rate
from duli.platform.store.changes import reset_caches
from duli.platform.store.services import save_market
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> None:
    factories.shop()
    put_tax_rate(
        country="CN", name="增值税", rate=Decimal("0.09"), tax_class="reduced", valid_from=date(2019, 4, 1), actor="x"
    )


def mixed(*, paid: bool = True) -> Order:
    """Lamps at 13 %, books at 9 %, shipped for 12 yuan."""
    lamp = factories.variant_of(factories.product(price=9999))
    book = factories.variant_of(factories.product(price=3333, tax_class="reduced"))
    return factories.order(lamp, book, quantity=2, paid=paid)


def test_each_line_keeps_rate_base_amount_and_rule() -> None:
    order = mixed(paid=False)
    rules = {row.tax_class: row.pk for row in TaxRate.objects.filter(country="CN")}
    lamp, book = order.lines.all()
    for line, tax_class, rate in ((lamp, "standard", "0.13"), (book, "reduced", "0.09")):
        (kept,) = line.taxes
        assert (kept["rule"], Decimal(kept["rate"])) == (rules[tax_class], Decimal(rate))
        assert (kept["base"], kept["amount"]) == (line.total_minor - line.tax_minor, line.tax_minor)
    shares = order.quote["shipping_choice"]["shares"]
    assert sum(share["total"] for share in shares) == order.shipping_minor == 1200
    assert {Decimal(share["rate"]) for share in shares} == {Decimal("0.13"), Decimal("0.09")}
    # 199.98 to 66.66.
    assert sorted(share["total"] for share in shares) == [300, 900]
    taxes = sum(line.tax_minor for line in order.lines.all()) + sum(share["tax"] for share in shares)
    assert order.tax_minor == taxes == sum(tax["tax"] for tax in order.quote["taxes"])


@pytest.mark.parametrize("rounding", ["unit", "line", "total"])
def test_all_that_was_paid_comes_back_rate_by_rate(rounding: str) -> None:
    save_market(code="cn", tax_rounding=rounding)
    reset_caches()
    order = mixed()
    charged = {rate: sums for rate, sums in standing_of(order).charged().items() if sums[0]}
    lamp = order.lines.all()[0]
    services.refund(
        order_id=order.pk,
        lines=[RefundLine(lamp.pk, 1)],
        shipping_minor=501,
        idempotency_key="first",
        actor=factories.ACTOR,
    )
    order.refresh_from_db()
    rest = everything(standing_of(order))
    services.refund(
        order_id=order.pk,
        lines=[RefundLine(line, units) for line, units in rest.units.items()],
        shipping_minor=rest.shipping,
        adjustment_minor=rest.adjustment,
        idempotency_key="rest",
        actor=factories.ACTOR,
    )
    order.refresh_from_db()
    assert order.refunded_minor == order.total_minor
    back: dict[Decimal, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for refund in OrderRefund.objects.filter(order=order):
        for tax in refund.taxes:
            gross, minor = back[Decimal(tax["rate"])]
            back[Decimal(tax["rate"])] = (gross + tax["gross"], minor + tax["tax"])
    assert dict(back) == charged
    assert sum(refund.tax_minor for refund in OrderRefund.objects.filter(order=order)) == order.tax_minor


def test_an_edit_leaves_what_it_does_not_touch() -> None:
    order = mixed(paid=False)
    lamp, book = order.lines.all()
    before = (book.tax_minor, book.total_minor, book.taxes)
    shares = order.quote["shipping_choice"]["shares"]
    edited = services.edit_order(
        order_id=order.pk, wish=EditWish(quantities={lamp.pk: 1}), version=order.version, actor=factories.ACTOR
    )
    lamp, book = edited.lines.all()
    assert (book.tax_minor, book.total_minor, book.taxes) == before
    assert edited.quote["shipping_choice"]["shares"] == shares
    assert lamp.taxes[0]["amount"] == lamp.tax_minor
    dearer = services.edit_order(
        order_id=order.pk, wish=EditWish(shipping_minor=2400), version=edited.version, actor=factories.ACTOR
    )
    assert [share["total"] for share in dearer.quote["shipping_choice"]["shares"]] == [1800, 600]
    assert dearer.tax_minor == sum(tax["tax"] for tax in dearer.quote["taxes"])
