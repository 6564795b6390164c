"""From a cart to an order under each scheme, through the checkout's own verbs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from duli.base.clock import frozen
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.checkout.types import Details, PlaceOrder
from duli.commerce.customers.addresses import sample_address
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.orders.refunding import everything
from duli.commerce.orders.return_terms import withdrawable
from duli.commerce.orders.services.tax_news import note_vat_answer, watch_limits
from duli.commerce.orders.standing import standing_of
from duli.commerce.orders.tax_limits import counters
from duli.commerce.orders.tax_report import distance_sales, report
from duli.commerce.orders.types import RefundLine
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.types import PriceInput
from duli.commerce.shipping import services as shipping
from duli.commerce.taxes import services as taxes
from duli.commerce.taxes.models import VatCheck
from duli.commerce.taxes.selectors import limit, limits, vat_standing
from duli.commerce.taxes.vat_ids import registers
from duli.growth.notifications.models import Notice
from duli.platform.store import services as store
from duli.platform.store.changes import reset_caches
from duli.plugins.vat_registers.hmrc import Hmrc
from duli.plugins.vat_registers.vies import Vies
from sandbox.vat import VatOffice, create_app
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
DE, FR = "DE136695976", "FR40303265045"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with frozen(AT):
        yield


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> VatOffice:
    """The registers' stand-in, behind the plugins that speak to the true ones."""
    made = create_app({FR: ("SA Sodimas", "PARIS"), DE: ("---", "---"), "GB980780684": ("Tea Ltd", "London")})
    client = httpx2.Client(transport=httpx2.WSGITransport(app=made), base_url="http://vat")  # type: ignore[arg-type]
    monkeypatch.setitem(registers._entries, "vies", Vies("http://vat", client))
    monkeypatch.setitem(registers._entries, "gb", Hmrc("http://vat", "token", client))
    return made


def shop(country: str, *, includes: bool = True, **profile: Any) -> None:
    """A shop in euros with the EU's rates, free shipping to everywhere, and a profile."""
    factories.shop()
    store.save_market(
        code="eu", name="Europe", countries=["DE", "FR", "GB", "CH"], currency="EUR", language="en",
        prices_include_tax=includes, is_default=False, position=2,
    )  # fmt: skip
    pricing.save_price_list(currency="EUR")
    pricing.save_exchange_rate(
        base="GBP", quote="EUR", rate=Decimal("1.2"), valid_from=datetime(2020, 1, 1, tzinfo=UTC)
    )
    zone = shipping.save_zone(name="Europe", countries=["DE", "FR", "GB", "CH"], position=3)
    shipping.save_method(zone_id=zone.pk, code="post", name="Post", rates={"EUR": [{"from": 0, "minor": 595}]})
    taxes.load_rates(which="eu", actor="user:1")
    taxes.save_profile(country=country, actor="user:1", **profile)
    reset_caches()


def register(kind: str, country: str, **values: Any) -> None:
    taxes.put_registration(kind=kind, country=country, valid_from=date(2021, 7, 1), actor="user:1", **values)
    reset_caches()


def variant(euros: int, **values: Any) -> int:
    pk = factories.variant_of(factories.product(**values)).pk
    pricing.set_prices(prices=[PriceInput(pk, "EUR", euros)])
    return pk


def buy(to: str, *euros: int, vat_id: str = "", place: bool = True, ids: tuple[int, ...] = ()) -> Any:
    """An order (or the quote of the cart) of goods at these prices, one each."""
    market = factories.market("eu")
    token = ""
    for pk in ids or [variant(price) for price in euros]:
        token = checkout.add_line(token=token, variant_id=pk, quantity=1, market=market, language="en").token
    address = sample_address(to, "Lin")
    details = Details(
        email="lin@example.com", shipping_address=address, payment_method_code="bank_transfer", vat_id=vat_id
    )
    checkout.save_details(token=token, details=details)
    quoted = cart_view(token, market, "en").quote
    if not place:
        return quoted
    return checkout.place_order(request=PlaceOrder(cart_token=token, shown_total=quoted.total, actor="guest"))


def test_below_the_limit_a_seller_of_the_union_charges_its_own_rate() -> None:
    shop("DE")
    order = buy("FR", 11900)
    assert (order.tax_scheme, order.lines.get().tax_rate) == ("domestic", Decimal("0.19"))
    assert order.total_minor == 12495


def test_the_order_that_crosses_the_limit_is_taxed_where_it_goes() -> None:
    shop("DE")
    taxes.put_threshold(code="eu_distance", currency="EUR", minor=25000, valid_from=date(2021, 7, 1), actor="user:1")
    reset_caches()
    below = buy("FR", 11900)
    assert below.tax_scheme == "domestic"
    assert distance_sales(["FR"], date(2026, 1, 1)) == below.total_minor - below.tax_minor == 10500
    # 105.00 of before and 145.00 are 250.00: not above it. One more cent is.
    assert buy("FR", 17400, place=False).treatment.scheme == "domestic"
    crossing = buy("FR", 24000)
    assert (crossing.tax_scheme, crossing.lines.get().tax_rate) == ("oss", Decimal("0.20"))
    assert buy("FR", 1000, place=False).treatment.scheme == "oss"
    assert buy("DE", 24000, place=False).treatment.scheme == "domestic"
    with frozen(datetime(2027, 3, 1, tzinfo=UTC)):
        # Who was over the limit the year before stays so.
        assert buy("FR", 1000, place=False).treatment.scheme == "oss"


def test_the_one_stop_shop_and_its_report() -> None:
    shop("DE")
    register("oss", "DE")
    order = buy("FR", 12000)
    assert order.tax_scheme == "oss"
    assert Decimal(order.lines.get().taxes[0]["rate"]) == Decimal("0.2")
    (row,) = report("oss", date(2026, 10, 1), date(2027, 1, 1))
    assert (row.country, row.rate, row.orders) == ("FR", Decimal("0.2"), 1)
    assert row.tax.minor == order.tax_minor
    assert row.base.minor + row.tax.minor == order.total_minor
    factories.payments.mark_received(
        collection_id=order.payment_collection_id, amount=factories.Money(order.total_minor, "EUR"), actor="user:1",
        idempotency_key="x",
    )  # fmt: skip
    factories.drain()
    order = Order.objects.get(pk=order.pk)
    with frozen(datetime(2027, 1, 5, tzinfo=UTC)):
        rest = everything(standing_of(order))
        orders.refund(
            order_id=order.pk, lines=[RefundLine(line, units) for line, units in rest.units.items()],
            shipping_minor=rest.shipping, adjustment_minor=rest.adjustment, idempotency_key="all", actor="user:1",
        )  # fmt: skip
    (before,) = report("oss", date(2026, 10, 1), date(2027, 1, 1))
    assert before.tax.minor == order.tax_minor
    (correction,) = report("oss", date(2027, 1, 1), date(2027, 4, 1))
    assert (correction.is_correction, correction.tax.minor) == (True, -order.tax_minor)
    assert distance_sales(["FR"], date(2026, 1, 1)) <= 0


def test_a_valid_id_of_another_member_state_turns_the_charge_around(office: VatOffice) -> None:
    shop("DE")
    register("vat", "DE", number=DE)
    standing = taxes.check_vat_id(vat_id="fr 40 303 265 045")
    assert (standing.state, standing.name) == ("valid", "SA Sodimas")
    assert standing.request_identifier.startswith("WAPI")
    assert office.asked == [
        {
            "countryCode": "FR",
            "vatNumber": "40303265045",
            "requesterMemberStateCode": "DE",
            "requesterNumber": "136695976",
        }
    ]
    order = buy("FR", 11900, vat_id="FR40303265045")
    assert (order.tax_scheme, order.tax_minor) == ("reverse_charge", 0)
    # 119.00 and 5.95 with 19 % inside are 100.00 and 5.00 without.
    assert (order.total_minor, order.discount_minor, order.shipping_minor) == (10500, 1900, 500)
    assert (order.tax["vat_id"], order.tax["proof"]) == (FR, standing.request_identifier)
    # Within a day nobody is asked again.
    taxes.check_vat_id(vat_id=FR)
    assert len(office.asked) == 1
    assert buy("DE", 11900, vat_id=FR, place=False).treatment.scheme == "domestic"


def test_an_id_that_is_not_in_force_changes_nothing(office: VatOffice) -> None:
    shop("DE")
    del office.known[FR]
    assert taxes.check_vat_id(vat_id=FR).state == "invalid"
    order = buy("FR", 11900, vat_id=FR)
    assert (order.tax_scheme, order.tax["vat_state"], order.total_minor) == ("domestic", "invalid", 12495)


def test_a_register_that_does_not_answer_says_neither(office: VatOffice) -> None:
    shop("DE")
    office.down = True
    assert taxes.check_vat_id(vat_id=FR).state == "unavailable"
    order = buy("FR", 11900, vat_id=FR)
    assert (order.tax_scheme, order.tax["vat_state"], order.tax_minor) == ("domestic", "unavailable", 1995)
    assert taxes.check_waiting() == 0
    office.down = False
    assert taxes.check_waiting() == 1
    assert taxes.check_waiting() == 0
    assert buy("FR", 11900, vat_id=FR, place=False).treatment.scheme == "reverse_charge"
    office.down = True
    with frozen(datetime(2026, 11, 25, 13, tzinfo=UTC)):
        # A day later it is asked again; that it does not answer now takes away what it said no earlier than then.
        assert taxes.check_vat_id(vat_id=FR).state == "unavailable"
        found = vat_standing(FR)
        assert found is not None
        assert found.state == "unavailable"


@pytest.mark.parametrize("known", [True, False])
def test_an_answer_that_comes_late_is_told_and_changes_no_order(office: VatOffice, known: bool) -> None:
    shop("DE")
    register("vat", "DE", number=DE)
    office.down = True
    taxes.check_vat_id(vat_id=FR)
    order, other = buy("FR", 11900, vat_id=FR), buy("FR", 11900)
    charged = (order.total_minor, order.tax_minor, order.tax["vat_state"])
    office.down = False
    if not known:
        del office.known[FR]
    taxes.check_waiting()
    factories.drain()
    order.refresh_from_db()
    assert (order.total_minor, order.tax_minor, order.tax["vat_state"]) == charged
    later = order.tax["vat_later"]
    assert (later["state"], bool(later["proof"])) == ("valid" if known else "invalid", True)
    notice = Notice.objects.get(kind="vat_answer")
    assert (notice.data["order_id"], notice.data["state"], notice.permission) == (
        order.pk,
        later["state"],
        "orders.payments",
    )
    # Told once, whoever asks again; the order without an id knows nothing of it.
    assert note_vat_answer(check_id=VatCheck.objects.latest("pk").pk) == 0
    other.refresh_from_db()
    assert "vat_later" not in other.tax


def test_limits_ring_the_bell_once_a_step() -> None:
    shop("DE")
    taxes.put_threshold(code="eu_distance", currency="EUR", minor=12500, valid_from=date(2021, 7, 1), actor="user:1")
    reset_caches()

    def rung() -> list[int]:
        watch_limits()
        factories.drain()
        return sorted(row.data["step"] for row in Notice.objects.filter(kind="tax_limit"))

    assert rung() == []
    buy("FR", 11900)
    assert (rung(), rung()) == ([80], [80])
    buy("FR", 11900)
    assert rung() == [80, 100]
    # Who charges the rates of every country already has nothing to watch.
    register("oss", "DE")
    assert [(counter.percent, counter.warns) for counter in counters()] == [(167, False)]


@pytest.mark.parametrize(
    ("number", "state", "error"),
    [
        ("100", "valid", ""), ("200", "invalid", ""), ("201", "invalid", "INVALID_INPUT"),
        ("300", "unavailable", "SERVICE_UNAVAILABLE"), ("301", "unavailable", "MS_UNAVAILABLE"),
        ("302", "unavailable", "TIMEOUT"), ("500", "unavailable", "GLOBAL_MAX_CONCURRENT_REQ"),
        ("501", "unavailable", "GLOBAL_MAX_CONCURRENT_REQ_TIME"), ("600", "unavailable", "MS_MAX_CONCURRENT_REQ"),
        ("601", "unavailable", "MS_MAX_CONCURRENT_REQ_TIME"), ("401", "unavailable", "IP_BLOCKED"),
    ],
)  # fmt: skip
def test_the_test_numbers_of_vies(office: VatOffice, number: str, state: str, error: str) -> None:
    answer = registers.get("vies")("DE", number, "")
    assert (answer.state, answer.error, answer.name) == (state, error, "")


def test_british_ids_are_asked_about_at_hmrc(office: VatOffice) -> None:
    shop("GB")
    register("vat", "GB", number="GB980780684")
    found = taxes.check_vat_id(vat_id="GB 980 7806 84")
    assert (found.state, found.name, found.request_identifier) == ("valid", "Tea Ltd", "001-GB")
    del office.known["GB980780684"]
    assert registers.get("gb")("GB", "980780684", "").state == "invalid"
    office.token = "another"
    assert registers.get("gb")("GB", "980780684", "").error == "INVALID_CREDENTIALS"
    assert registers.get("gb")("GB", "980780684", "").state == "unavailable"


def test_what_nobody_answers_is_not_invalid() -> None:
    class Gone(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            raise httpx2.ConnectTimeout("gone", request=request)

    for register_ in (
        Vies("http://vat", httpx2.Client(transport=Gone())),
        Hmrc("http://vat", "x", httpx2.Client(transport=Gone())),
    ):
        assert register_("DE", "136695976", "").state == "unavailable"


def test_parcels_from_outside(office: VatOffice) -> None:
    shop("CN", includes=False)
    assert buy("FR", 10000, place=False).treatment.scheme == "import"
    register("ioss", "IE", number="IM3720000000")
    order = buy("FR", 10000)
    assert (order.tax_scheme, order.tax_minor) == ("ioss", 2119)
    assert buy("FR", 15000, place=False).treatment.scheme == "ioss"
    assert buy("FR", 15001, place=False).treatment.scheme == "import"
    register("uk", "GB")
    # 135.00 pounds are 162.00 euros.
    assert buy("GB", 16200, place=False).treatment.scheme == "uk"
    assert buy("GB", 16201, place=False).treatment.scheme == "import"
    assert buy("CH", 10000, place=False).treatment.scheme == "export"


def test_three_euros_for_each_customs_code() -> None:
    shop("CN", includes=False, duty="charge")
    register("ioss", "IE")
    cup, bowl, tea = (variant(1000, hs_code=code) for code in ("6912.00.23", "69120025", "0902 10 00"))
    order = buy("FR", ids=(cup, bowl, tea))
    duty = order.lines.get(title__startswith="EU import duty")
    assert (duty.quantity, duty.unit_price_minor, duty.title) == (2, 300, "EU import duty (090210, 691200)")
    # 30.00 of goods, 5.95 of shipping and 6.00 of duty at 20 %.
    assert (order.tax_minor, order.total_minor) == (600 + 119 + 120, 3595 + 600 + 839)
    assert order.tax["duty"]["codes"] == ["090210", "691200"]
    # Nobody withdraws from a duty: the buyer is asked about the goods alone.
    assert {line.line_id for line in withdrawable(order)} == {line.pk for line in order.lines.exclude(pk=duty.pk)}
    assert standing_of(order).value_left == order.total_minor
    with frozen(datetime(2026, 6, 30, 12, tzinfo=UTC)):
        assert buy("FR", ids=(variant(1000, hs_code="691200"),), place=False).treatment.duty is None
    assert buy("FR", 15001, place=False).treatment.duty is None
    assert buy("CH", ids=(cup,), place=False).treatment.duty is None
    unknown = buy("FR", ids=(cup, variant(1000), variant(1000)), place=False)
    assert (unknown.treatment.duty.count, unknown.treatment.duty.amount.minor) == (3, 900)


def test_a_duty_that_is_only_shown_is_not_in_the_total() -> None:
    shop("CN", includes=False, duty="show", taxes_duty=False)
    quoted = buy("FR", ids=(variant(1000, hs_code="691200"),), place=False)
    assert quoted.treatment.duty.amount.minor == 300
    assert quoted.total.minor == 1595


def test_limits_are_the_merchants_where_it_wrote_them() -> None:
    assert limit("us_nexus", AT.date(), "TX") == factories.Money(50000000, "USD")
    assert limit("us_nexus", AT.date(), "NV") == factories.Money(10000000, "USD")
    taxes.put_threshold(
        code="us_nexus", region="NV", currency="USD", minor=1, valid_from=date(2026, 1, 1), actor="user:1"
    )
    reset_caches()
    assert limit("us_nexus", AT.date(), "NV") == factories.Money(1, "USD")
    assert limit("us_nexus", date(2025, 1, 1), "NV") == factories.Money(10000000, "USD")
    assert ("eu_duty", "") not in limits(date(2028, 7, 1))


def test_without_a_profile_nothing_changes_and_nothing_is_asked(django_assert_max_num_queries: Any) -> None:
    factories.shop()
    order = factories.order()
    assert (order.tax_scheme, order.tax) == ("", {})
    assert VatCheck.objects.count() == 0
