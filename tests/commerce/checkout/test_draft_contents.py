"""What staff may put into a draft, and that the order is to the cent what the draft showed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.base.errors import InvalidInput, NotFound
from duli.commerce.checkout import services
from duli.commerce.checkout.models import CustomLine, Draft
from duli.commerce.checkout.selectors import draft_view
from duli.commerce.checkout.types import Details, DraftChanged, InvalidQuantity
from duli.commerce.inventory.models import Reservation
from duli.commerce.inventory.selectors import integrity
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.orders.editing import EditWish
from duli.commerce.orders.models import Order, OrderTag
from duli.commerce.orders.services import staff_edit_order
from duli.commerce.orders.services.edit import edit_reduction
from duli.platform.accounts.models import Approval
from duli.platform.accounts.roles import RoleDraft
from duli.platform.accounts.services import approve, save_role
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture
def draft() -> Draft:
    factories.shop()
    made = services.create_draft(market=factories.market(), language="zh-hans", actor=ACTOR)
    services.save_draft(
        draft_id=made.pk,
        details=Details(email="lin@example.com", shipping_address=factories.ADDRESS),
        customer_name="林晓",
        tags=["vip", " vip ", "电话"],
    )
    return made


def put(draft: Draft, price: int = 10000, quantity: int = 2, stock: int = 10, **values: int) -> int:
    variant = factories.variant_of(factories.product(price=price, stock=stock))
    services.set_draft_line(draft_id=draft.pk, variant_id=variant.pk, quantity=quantity, **values)
    return variant.pk


def placed(draft: Draft) -> Order:
    return services.place_draft(draft_id=draft.pk, method_code="bank_transfer", actor=ACTOR)


def test_everything_in_a_draft_is_in_its_order(draft: Draft) -> None:
    put(draft, discount_minor=1000)
    services.save_custom_line(draft_id=draft.pk, title=" 刻字  服务 ", quantity=2, price_minor=1500, is_taxed=True)
    services.save_custom_line(draft_id=draft.pk, title="押金", quantity=1, price_minor=5000, is_taxed=False)
    services.discount_draft(draft_id=draft.pk, percent=Decimal(10), reason="老客户")
    services.ship_draft(draft_id=draft.pk, price_minor=800, name="同城闪送")
    shown = draft_view(draft.pk).cart.quote
    order = placed(draft)
    # 20000 − 1000 + 3000 + 5000 = 27000; a tenth off; 8.00 for the ride.
    assert (order.discount_minor, order.shipping_minor, order.total_minor) == (3700, 800, 25100)
    assert (order.total_minor, order.tax_minor) == (shown.total.minor, shown.tax.minor)
    assert order.shipping_method_name == "同城闪送"
    lines = {line.title: line for line in order.lines.all()}
    assert (lines["刻字 服务"].variant_id, lines["刻字 服务"].product_id) == (None, None)
    assert lines["刻字 服务"].tax_minor > 0
    assert (lines["押金"].tax_minor, lines["押金"].total_minor) == (0, 4500)
    assert next(entry["why"] for entry in order.quote["adjustments"] if entry["code"] == "draft") == "老客户"
    assert order.tags == ["vip", "电话"]
    assert OrderTag.objects.filter(order=order).count() == 2
    assert sum(Reservation.objects.filter(state="held").values_list("quantity", flat=True)) == 2


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=st.lists(st.integers(0, 99_999), min_size=1, max_size=4),
    units=st.integers(1, 7),
    percent=st.decimals(0, 100, places=2),
    off=st.integers(0, 50_000),
    taxed=st.booleans(),
)
def test_a_discount_never_costs_more_than_the_goods_and_sums_are_exact(
    draft: Draft, prices: list[int], units: int, percent: Decimal, off: int, taxed: bool
) -> None:
    CustomLine.objects.all().delete()
    for number, price in enumerate(prices):
        services.save_custom_line(
            draft_id=draft.pk, title=f"{number}", quantity=units, price_minor=price, is_taxed=taxed,
            discount_minor=min(off, price * units) if number == 0 else 0,
        )  # fmt: skip
    services.discount_draft(draft_id=draft.pk, reason="x", **({"percent": percent} if taxed else {"amount_minor": off}))
    found = draft_view(draft.pk)
    quote = found.cart.quote
    assert quote.total.minor >= 0
    assert quote.subtotal - quote.discount == quote.total
    assert sum(line.total.minor for line in quote.lines) == quote.total.minor
    assert 0 <= found.reduction <= 100


def test_held_stock_is_there_for_the_draft_alone(draft: Draft) -> None:
    variant = put(draft, stock=3)
    services.save_draft(draft_id=draft.pk, details=Details(email="lin@example.com"), reserves_stock=True)
    held = Reservation.objects.get(state="held")
    assert (held.reference, held.quantity, held.expires_at) == (f"draft:{draft.pk}", 2, draft_view(draft.pk).expires_at)
    assert draft_view(draft.pk).cart.lines[0].problem == ""
    services.set_draft_line(draft_id=draft.pk, variant_id=variant, quantity=3)
    with pytest.raises(InsufficientStock):
        services.set_draft_line(draft_id=draft.pk, variant_id=variant, quantity=4)
    order = placed(draft)
    assert {row.reference for row in Reservation.objects.filter(state="held")} == {order.reference}
    assert not integrity()


def test_a_withdrawn_draft_gives_its_stock_back(draft: Draft) -> None:
    put(draft)
    services.save_draft(draft_id=draft.pk, details=Details(), reserves_stock=True)
    services.withdraw_draft(draft_id=draft.pk)
    assert not Reservation.objects.filter(state="held").exists()
    assert not integrity()


def test_a_known_customer_brings_contact_and_address(draft: Draft) -> None:
    customer = factories.order().customer_id
    services.choose_customer(draft_id=draft.pk, customer_id=customer)
    put(draft)
    assert draft_view(draft.pk).details.email == "lin@example.com"
    services.save_draft(
        draft_id=draft.pk, details=Details(email="other@example.com", shipping_address=factories.ADDRESS)
    )
    assert placed(draft).customer_id == customer
    copy = services.duplicate_draft(draft_id=draft.pk, actor=ACTOR)
    with pytest.raises(NotFound):
        services.choose_customer(draft_id=copy.pk, customer_id=10**9)


def test_a_copy_holds_the_same_and_nothing_of_the_first_changes(draft: Draft) -> None:
    put(draft, price_minor=8800)
    services.save_custom_line(draft_id=draft.pk, title="刻字", quantity=1, price_minor=500)
    services.discount_draft(draft_id=draft.pk, amount_minor=300, reason="x")
    copy = services.duplicate_draft(draft_id=draft.pk, actor=ACTOR)
    assert draft_view(copy.pk).cart.quote.total == draft_view(draft.pk).cart.quote.total
    assert copy.cart.token != draft.cart.token
    services.duplicate_order(order_id=placed(draft).pk, actor=ACTOR)
    assert CustomLine.objects.count() == 3


def test_broken_wishes_change_nothing(draft: Draft) -> None:
    variant = put(draft)
    bad = [
        lambda: services.set_draft_line(draft_id=draft.pk, variant_id=variant, quantity=1, discount_minor=10001),
        lambda: services.save_custom_line(draft_id=draft.pk, title=" ", quantity=1, price_minor=1),
        lambda: services.save_custom_line(draft_id=draft.pk, title="x", quantity=1, price_minor=-1),
        lambda: services.save_custom_line(draft_id=draft.pk, title="x", quantity=1, price_minor=5, discount_minor=6),
        lambda: services.discount_draft(draft_id=draft.pk, amount_minor=5, percent=Decimal(5), reason="x"),
        lambda: services.discount_draft(draft_id=draft.pk, amount_minor=5),
        lambda: services.discount_draft(draft_id=draft.pk, percent=Decimal(101), reason="x"),
        lambda: services.ship_draft(draft_id=draft.pk, price_minor=-1),
        lambda: services.save_draft(draft_id=draft.pk, details=Details(), language="xx"),
        lambda: services.save_draft(draft_id=draft.pk, details=Details(), tags=["x" * 41]),
    ]
    for act in bad:
        with pytest.raises(InvalidInput):
            act()
    with pytest.raises(InvalidQuantity):
        services.save_custom_line(draft_id=draft.pk, title="x", quantity=1000, price_minor=1)
    with pytest.raises(NotFound):
        services.save_custom_line(draft_id=draft.pk, title="x", quantity=1, price_minor=1, line_id=10**9)
    assert draft_view(draft.pk).cart.quote.discount.minor == 0
    assert not CustomLine.objects.exists()


def limited() -> str:
    """Return the actor of somebody who may give 10 % alone."""
    role = save_role(
        draft=RoleDraft(
            name="Junior", permissions=frozenset({"orders.view", "orders.manage", "orders.edit"}),
            discount_limit=10,
        ),
        actor=owner(),
    )  # fmt: skip
    reset_caches()
    return f"user:{member(role.code).pk}"


def owner() -> str:
    return f"user:{member('owner').pk}"


def test_a_large_discount_in_a_draft_waits_for_a_second_person(draft: Draft) -> None:
    actor = limited()
    put(draft, price_minor=9000)
    assert draft_view(draft.pk).reduction == 10
    services.discount_draft(draft_id=draft.pk, percent=Decimal(20), reason="x")
    assert draft_view(draft.pk).reduction == 28
    assert not services.staff_send_draft(draft_id=draft.pk, actor=actor)
    assert services.staff_place_draft(draft_id=draft.pk, method_code="bank_transfer", actor=actor) is None
    assert draft_view(draft.pk).state == "open"
    sending, placing = Approval.objects.order_by("pk")
    services.discount_draft(draft_id=draft.pk, percent=Decimal(50), reason="x")
    with pytest.raises(DraftChanged):
        approve(approval_id=sending.pk, actor=owner())
    services.discount_draft(draft_id=draft.pk, percent=Decimal(20), reason="x")
    approve(approval_id=placing.pk, actor=owner())
    assert Order.objects.get().discount_minor == 3600
    other = services.duplicate_draft(draft_id=draft.pk, actor=ACTOR)
    services.discount_draft(draft_id=other.pk)
    assert services.staff_send_draft(draft_id=other.pk, actor=actor)


def test_a_large_discount_by_an_edit_waits_and_small_steps_are_one_large_one() -> None:
    factories.shop()
    actor = limited()
    order = factories.order(factories.variant_of(factories.product(price=10000, stock=9)), quantity=2, paid=True)
    line = order.lines.get()

    def edit(wish: EditWish) -> Order | None:
        order.refresh_from_db()
        return staff_edit_order(order_id=order.pk, wish=wish, version=order.version, actor=actor)

    # Nothing given, nothing asked.
    assert edit(EditWish(quantities={line.pk: 3})) is not None
    assert edit(EditWish(prices={line.pk: 9500})) is not None
    assert edit(EditWish(prices={line.pk: 7000})) is None
    assert edit(EditWish(discounts={line.pk: 6000})) is None
    # 5 % was given before: 6 % more is more than 10.
    assert edit(EditWish(order_discount_minor=1400)) is not None
    assert edit(EditWish(order_discount_minor=1800)) is None
    order.refresh_from_db()
    assert order.lines.get().unit_price_minor == 9500
    waiting = Approval.objects.order_by("pk").first()
    assert waiting is not None
    fresh = EditWish(order_discount_minor=3000)
    assert edit_reduction(order_id=order.pk, wish=fresh) > 10
    assert edit(fresh) is None
    total = order.total_minor
    approve(approval_id=Approval.objects.latest("pk").pk, actor=owner())
    order.refresh_from_db()
    assert order.total_minor == total - 3000
