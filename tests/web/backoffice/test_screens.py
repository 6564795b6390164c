"""Stock, mails, imports, settings and staff: one service call behind each button, and nothing on a broken form."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from duli.base.clock import now
from duli.commerce.catalogue.models import Product
from duli.commerce.exchange.models import Upload
from duli.commerce.inventory.models import StockLevel, StockMovement
from duli.commerce.inventory.services import adjust
from duli.commerce.payments.models import GatewaySetting
from duli.commerce.pricing.selectors import exchange_rate
from duli.commerce.shipping.models import Method, Zone
from duli.platform.accounts.models import Invitation, User
from duli.platform.accounts.services import create_staff
from duli.platform.audit.models import AuditEntry
from duli.platform.mail.models import Mail, MailTemplate
from duli.platform.redirects.models import Redirect
from duli.platform.store.changes import reset_caches
from duli.platform.store.models import Market, Store
from duli.platform.store.services import save_market
from tests import factories
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


def _level() -> StockLevel:
    return StockLevel.objects.get(variant=factories.variant_of(factories.product(stock=10)))


def _adjust_url(level: StockLevel) -> str:
    return reverse("backoffice:stock_adjust", args=[level.variant_id, level.location_id])


def test_a_count_is_corrected_with_a_reason_and_taken_back(owner: Client) -> None:
    level = _level()
    data = {"kind": "set", "quantity": "7", "reason": "counted", "note": "Shelf B", "seen": "10"}
    page = owner.post(_adjust_url(level), data, follow=True).content.decode()
    level.refresh_from_db()
    assert level.on_hand == 7
    newest = StockMovement.objects.filter(level=level).latest("pk")
    assert (newest.reason, newest.note, newest.on_hand_change) == ("counted", "Shelf B", -3)
    fields = dict(re.findall(r'name="(kind|quantity|reason|seen|note)" value="([^"]*)"', page))
    assert owner.post(_adjust_url(level), fields).status_code == 302
    level.refresh_from_db()
    assert level.on_hand == 10


def test_adding_twice_by_mistake_adds_once(owner: Client) -> None:
    level = _level()
    data = {"kind": "change", "quantity": "5", "reason": "received", "seen": "10"}
    assert owner.post(_adjust_url(level), data).status_code == 302
    assert owner.post(_adjust_url(level), data).status_code == 409
    level.refresh_from_db()
    assert level.on_hand == 15


@pytest.mark.parametrize(
    "broken",
    [
        {"quantity": ""},
        {"quantity": "many"},
        {"quantity": "9" * 30},
        {"kind": "set", "quantity": "-1"},
        {"kind": "change", "quantity": "-11"},
        {"kind": "guess"},
        {"reason": "sold"},
        {"reason": "reserved"},
        {"note": "x" * 300},
        {"seen": ""},
        {"seen": "x"},
    ],
)
def test_a_broken_count_changes_nothing(owner: Client, broken: dict[str, str]) -> None:
    level = _level()
    data = {"kind": "set", "quantity": "7", "reason": "counted", "seen": "10"} | broken
    assert owner.post(_adjust_url(level), data).status_code == 422
    level.refresh_from_db()
    assert level.on_hand == 10
    assert level.movements.count() == 1


def test_stock_never_falls_below_what_is_held(owner: Client) -> None:
    order = factories.order(quantity=4)
    level = StockLevel.objects.get(variant=order.lines.get().variant_id)
    answer = owner.post(_adjust_url(level), {"kind": "set", "quantity": "3", "reason": "lost", "seen": "10"})
    assert answer.status_code == 409
    level.refresh_from_db()
    assert level.on_hand == 10


def test_the_history_runs_back_from_the_ledger_and_tells_of_a_difference(owner: Client) -> None:
    level = _level()
    adjust(variant_id=level.variant_id, location_id=level.location_id, change=-4, reason="damaged", actor="user:1")
    url = reverse("backoffice:stock_history", args=[level.variant_id, level.location_id])
    page = owner.get(url).content.decode()
    cells = re.findall(r'<td class="end num(?: tight)?">\s*([^<\s]+)', page)
    assert cells[:2] == ["−4", "6"]
    assert "+10" in cells
    assert "which is not what is stored" not in page
    StockLevel.objects.filter(pk=level.pk).update(on_hand=99)
    assert "which is not what is stored" in owner.get(url).content.decode()


def test_a_threshold_can_be_its_own_or_the_stores(owner: Client) -> None:
    level = _level()
    url = reverse("backoffice:stock_threshold", args=[level.variant_id, level.location_id])
    owner.post(url, {"threshold": "3"})
    level.refresh_from_db()
    assert level.low_stock_threshold == 3
    owner.post(url, {"threshold": ""})
    level.refresh_from_db()
    assert level.low_stock_threshold is None
    assert owner.post(url, {"threshold": "-3"}).status_code == 422


def _mail(**values: Any) -> Mail:
    fields = {
        "template": "order_paid",
        "text": "Paid",
        "to": "a@example.com",
        "subject": "Paid",
        "html": "<h1>Paid</h1>",
        "state": "sent",
    }
    return Mail.objects.create(key="k", language="en", created_at=now(), **(fields | values))


def test_a_mail_is_shown_in_a_box_in_which_nothing_runs_and_sent_again(owner: Client) -> None:
    mail = _mail(html="<script>alert(1)</script>")
    body = owner.get(reverse("backoffice:mail_body", args=[mail.pk]))
    assert "sandbox" in body["Content-Security-Policy"]
    assert "default-src 'none'" in body["Content-Security-Policy"]
    assert body["X-Frame-Options"] == "SAMEORIGIN"
    page = owner.get(reverse("backoffice:mail", args=[mail.pk])).content.decode()
    assert "alert(1)" not in page
    assert owner.post(reverse("backoffice:mail_resend", args=[mail.pk])).status_code == 302
    mail.refresh_from_db()
    assert mail.state == "queued"


def test_a_code_is_neither_shown_nor_sent_again(owner: Client) -> None:
    mail = _mail(template="verify", html="<p>123456</p>", text="123456")
    assert "123456" not in owner.get(reverse("backoffice:mail", args=[mail.pk])).content.decode()
    assert "123456" not in owner.get(reverse("backoffice:mail_body", args=[mail.pk])).content.decode()
    assert owner.post(reverse("backoffice:mail_resend", args=[mail.pk])).status_code == 409


def _template(name: str = "mail_template") -> str:
    return reverse(f"backoffice:{name}", args=["order_paid", "email", "en"])


def test_a_mail_gets_own_words_that_were_tried_first(owner: Client) -> None:
    page = owner.post(_template("mail_template_preview"), {"subject": "Hi", "body": "<p>{{ order.number }}</p>"})
    assert page.status_code == 200
    # Plain text brings its own ink: the box it is shown in is white, whatever the reader's colours are.
    text = owner.get(reverse("backoffice:mail_template_preview", args=["order_shipped", "sms", "en"]))
    assert text["Content-Type"].startswith("text/html")
    assert "color: #1c1f1e" in text.content.decode()
    asked = {"body": "<b>{{ order.number }}</b>"}
    posted = owner.post(reverse("backoffice:mail_template_preview", args=["order_shipped", "sms", "en"]), asked)
    assert "&lt;b&gt;" in posted.content.decode()
    assert not MailTemplate.objects.exists()
    broken = owner.post(_template(), {"subject": "Hi", "body": "{% if %}"})
    assert broken.status_code == 422
    unknown = owner.post(_template(), {"subject": "Hi", "body": "<p>{{ order.nummer }}</p>"}).content.decode()
    assert "Line 1: there is no “order.nummer”. Did you mean “order.number”?" in unknown
    assert owner.post(_template(), {"subject": "", "body": "<p>{{ order.number }}</p>"}).status_code == 422
    assert not MailTemplate.objects.exists()
    assert owner.post(_template(), {"subject": "Hi", "body": "<p>{{ order.number }}</p>"}).status_code == 302
    assert MailTemplate.objects.get().subject == "Hi"
    order = factories.order()
    owner.post(_template("mail_template_test"), {"to": "me@example.com", "order": order.pk})
    assert order.number in Mail.objects.get(to="me@example.com").html
    assert owner.post(_template("mail_template_test"), {"to": "nobody"}).status_code == 422
    texting = reverse("backoffice:mail_template_test", args=["order_shipped", "sms", "zh-hans"])
    assert "This is not a phone number." in owner.post(texting, {"to": "me@example.com"}).content.decode()
    # A number of the store's own country needs no +86; without a service it is the way that is missing.
    assert "no address" not in owner.post(texting, {"to": "138 0013 8000"}).content.decode()
    owner.post(_template("mail_template_reset"))
    assert not MailTemplate.objects.exists()


@pytest.mark.parametrize(
    "arguments", [("nothing", "email", "en"), ("order_paid", "pigeon", "en"), ("order_paid", "email", "xx")]
)
def test_unknown_templates_are_not_there(owner: Client, arguments: tuple[str, str, str]) -> None:
    assert owner.get(reverse("backoffice:mail_template", args=arguments)).status_code == 404


CSV = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Price,Status\n"
    "cup,Cup,<p>Round</p>,Celadon,Tableware,tea,true,Title,Default Title,CUP-1,12.50,active\n"
    "bowl,Bowl,,Celadon,Tableware,,true,Title,Default Title,BOWL-1,not a price,active\n"
)


def test_a_file_is_checked_first_and_imported_when_somebody_says_so(
    owner: Client, settings: Any, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path
    file = SimpleUploadedFile("../../products.csv", CSV.encode(), "text/csv")
    answer = owner.post(reverse("backoffice:imports"), {"file": file})
    upload = Upload.objects.get()
    assert answer["Location"] == reverse("backoffice:import", args=[upload.pk])
    factories.drain()
    upload.refresh_from_db()
    assert upload.state == "checked"
    assert not Product.objects.exists(), "a check changes nothing"
    page = owner.get(reverse("backoffice:import", args=[upload.pk])).content.decode()
    assert "What would happen" in page
    assert "not a price" in page
    start = reverse("backoffice:import_start", args=[upload.pk])
    assert owner.post(start).status_code == 302
    assert owner.post(start).status_code == 409
    factories.drain()
    upload.refresh_from_db()
    assert upload.state == "done"
    assert list(Product.objects.values_list("title", flat=True)) == ["Cup"]
    assert not list((tmp_path / "imports").iterdir()), "the file is not kept longer than needed"


def test_a_table_nobody_knows_asks_for_its_columns(owner: Client, settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    file = SimpleUploadedFile("x.csv", "货品,几块钱\n茶杯,88\n".encode())
    answer = owner.post(reverse("backoffice:imports"), {"file": file})
    upload = Upload.objects.get()
    columns = reverse("backoffice:import_columns", args=[upload.pk])
    assert answer["Location"] == columns
    assert "几块钱" in owner.get(columns).content.decode()
    assert owner.post(columns, {"Title": "货品"}).status_code == 422
    owner.post(columns, {"Title": "货品", "price": "几块钱"})
    factories.drain()
    owner.post(reverse("backoffice:import_start", args=[upload.pk]))
    factories.drain()
    assert Product.objects.get().title == "茶杯"
    rows = owner.get(reverse("backoffice:import_errors", args=[upload.pk]))
    assert rows.content.decode("utf-8-sig").startswith("Row,")
    owner.post(reverse("backoffice:import_revert", args=[upload.pk]))
    factories.drain()
    page = owner.get(reverse("backoffice:import", args=[upload.pk])).content.decode()
    assert "Taken back: 1" in page
    assert owner.post(reverse("backoffice:import_revert", args=[upload.pk])).status_code == 409
    assert owner.post(reverse("backoffice:import_wish", args=[upload.pk, "pause"])).status_code == 409
    assert owner.get(reverse("backoffice:import_wish", args=[upload.pk, "fly"])).status_code == 404


def test_old_addresses_are_added_changed_deleted_and_followed(owner: Client) -> None:
    edit = reverse("backoffice:redirect", args=[0])
    assert owner.post(edit, {"source": "nonsense", "target": "/"}).status_code == 422
    assert owner.post(edit, {"source": "/a", "target": "javascript:alert(1)"}).status_code == 422
    owner.post(edit, {"source": "https://old.example/product/cup/", "target": "/products/cup"})
    owner.post(edit, {"source": "/?p=7", "target": "https://elsewhere.example/x"})
    row = Redirect.objects.get(source="/product/cup")
    shopper = Client()
    for path in ("/product/cup", "/product/cup/", "/en/product/cup?utm=1"):
        answer = shopper.get(path)
        assert answer.status_code == 301, path
        assert answer["Location"].endswith("/products/cup")
    assert shopper.get("/?p=7")["Location"] == "https://elsewhere.example/x"
    assert shopper.get("/product/none").status_code == 404
    row.refresh_from_db()
    assert row.hits == 3
    owner.post(reverse("backoffice:redirect", args=[row.pk]), {"source": "/product/mug", "target": "/"})
    assert {entry.source for entry in Redirect.objects.all()} == {"/product/mug", "/?p=7"}
    page = owner.get(reverse("backoffice:redirects"), {"q": "mug"}).content.decode()
    assert "/product/mug" in page
    assert "/?p=7" not in page
    owner.post(reverse("backoffice:redirects_delete"), {"id": [str(entry.pk) for entry in Redirect.objects.all()]})
    assert "No old addresses yet" in owner.get(reverse("backoffice:redirects")).content.decode()


def test_a_file_that_cannot_be_read_says_why(owner: Client, settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    owner.post(reverse("backoffice:imports"), {"file": SimpleUploadedFile("x.csv", b"%PDF-1.7 no table")})
    factories.drain()
    upload = Upload.objects.get()
    assert upload.state == "failed"
    assert "could not be read" in owner.get(reverse("backoffice:import", args=[upload.pk])).content.decode()
    assert owner.post(reverse("backoffice:import_start", args=[upload.pk])).status_code == 409


def test_an_upload_without_a_file_is_refused(owner: Client) -> None:
    assert owner.post(reverse("backoffice:imports")).status_code == 422
    assert owner.post(reverse("backoffice:imports"), {"file": SimpleUploadedFile("x.csv", b"")}).status_code == 422
    assert not Upload.objects.exists()


STORE = {
    "name": "Celadon",
    "email": "hello@example.com",
    "time_zone": "Asia/Shanghai",
    "hold_minutes": "60",
    "low_stock_threshold": "5",
}


def test_the_stores_identity_is_saved(owner: Client) -> None:
    assert owner.post(reverse("backoffice:settings_store"), STORE | {"name": "New name"}).status_code == 302
    assert Store.objects.get().name == "New name"


@pytest.mark.parametrize(
    "broken",
    [
        {"name": ""},
        {"name": "x" * 121},
        {"email": "nobody"},
        {"time_zone": "Mars/Olympus"},
        {"hold_minutes": "0"},
        {"hold_minutes": "9" * 30},
        {"low_stock_threshold": "-1"},
        {"address": "x" * 1001},
    ],
)
def test_a_broken_identity_changes_nothing(owner: Client, broken: dict[str, str]) -> None:
    before = Store.objects.values().get()
    assert owner.post(reverse("backoffice:settings_store"), STORE | broken).status_code == 422
    assert Store.objects.values().get() == before


def test_a_market_is_changed(owner: Client) -> None:
    url = reverse("backoffice:settings_market", args=["cn"])
    data = {
        "name": "China",
        "countries": "cn, HK",
        "currency": "CNY",
        "language": "zh-hans",
        "prices_include_tax": "on",
    }
    assert owner.post(url, data).status_code == 302
    assert Market.objects.get(code="cn").countries == ["CN", "HK"]
    assert Market.objects.get(code="cn").is_default
    for broken in ({"countries": "Atlantis"}, {"currency": "XXX"}, {"language": "tlh"}, {"name": ""}):
        assert owner.post(url, data | broken).status_code == 422
    assert owner.get(reverse("backoffice:settings_market", args=["nowhere"])).status_code == 404


def test_a_market_of_another_currency_says_how_its_prices_come_about(owner: Client) -> None:
    factories.product(price=12800)
    data = {"name": "Europe", "countries": "DE, AT", "currency": "EUR", "language": "en", "rounding": "ends_99"}
    assert owner.post(reverse("backoffice:settings_market_new"), data).status_code == 302
    reset_caches()
    url = reverse("backoffice:settings_markets")
    assert "No rate" in owner.get(url).content.decode()
    edit = reverse("backoffice:settings_market", args=["europe"])
    assert owner.post(edit, data | {"rate": "0.13"}).status_code == 302
    reset_caches()
    page = owner.get(url).content.decode()
    assert "1 CNY = 0.13 EUR" in page
    assert "CN¥128.00 → €16.99" in page
    for broken in ({"rate": "-1"}, {"rate": "1e99"}, {"rounding": "nines"}, {"countries": "DE QQ"}):
        assert owner.post(edit, data | broken).status_code == 422
    assert 'value="ends_99" selected' in owner.get(edit).content.decode()


def test_a_shipping_method_keeps_the_rest_of_its_ladder(owner: Client) -> None:
    zone = Zone.objects.get(name="China")
    data = {"name": "By weight", "min_days": "1", "max_days": "3", "is_active": "on", "price_CNY": "10"}
    assert owner.post(reverse("backoffice:settings_method_new", args=[zone.pk]), data).status_code == 302
    method = Method.objects.get(name="By weight")
    assert method.rates == {"CNY": [{"from": 0, "minor": 1000}]}
    method.rates["CNY"].append({"from": 1000, "minor": 2000})
    method.save()
    url = reverse("backoffice:settings_method", args=[method.pk])
    owner.post(url, data | {"price_CNY": "12.00", "free_CNY": "300", "price_USD": "4"})
    method.refresh_from_db()
    assert method.rates["CNY"] == [{"from": 0, "minor": 1200}, {"from": 1000, "minor": 2000}]
    assert method.rates["USD"] == [{"from": 0, "minor": 400}]
    assert method.free_over == {"CNY": 30000}
    for broken in ({"max_days": "0"}, {"price_CNY": "free"}, {"name": ""}, {"min_days": "-1"}):
        assert owner.post(url, data | broken).status_code == 422


def test_a_payment_method_is_set_up_by_its_own_fields(owner: Client) -> None:
    url = reverse("backoffice:settings_payment", args=["bank_transfer"])
    page = owner.get(url).content.decode()
    names = set(re.findall(r'name="([a-z_]+)"', page))
    assert "accounts" in names
    data = {"enabled": "on", "position": "3", "accounts": "Bank: New\nAccount: 1"}
    assert owner.post(url, data).status_code == 302
    assert GatewaySetting.objects.get(code="bank_transfer").settings["accounts"] == "Bank: New\nAccount: 1"
    assert owner.post(url, data | {"accounts": ""}).status_code == 422
    assert GatewaySetting.objects.get(code="bank_transfer").settings["accounts"]
    assert owner.get(reverse("backoffice:settings_payment", args=["none"])).status_code == 404


def test_keys_are_tried_once_they_are_all_there(owner: Client) -> None:
    url = reverse("backoffice:settings_payment", args=["stripe"])
    names = "secret_key|webhook_secret|publishable_key|base_url"
    labels = re.findall(rf'<label for="id_({names})">(.*?)</label>', owner.get(url).content.decode())
    optional = {name: 'class="optional"' in label for name, label in labels}
    # The publishable key is needed where cards are typed into the shop's own page.
    assert optional == {"secret_key": False, "webhook_secret": False, "publishable_key": False, "base_url": True}
    check = reverse("backoffice:settings_payment_check", args=["stripe"])
    page = owner.post(check + "?keys=live", follow=True).content.decode()
    assert "Fill in and save first: Secret key · Signing secret of the webhook" in page


def test_who_may_pay_how_is_said_on_the_same_page(owner: Client) -> None:
    url = reverse("backoffice:settings_payment", args=["cash_on_delivery"])
    data = {"enabled": "on", "position": "3", "countries": "cn，de", "groups": "vip, press", "minimum-CNY": "10"}
    assert owner.post(url, data).status_code == 302
    rules = GatewaySetting.objects.get(code="cash_on_delivery").rules
    assert rules == {"countries": ["CN", "DE"], "groups": ["vip", "press"], "minimum": {"CNY": 1000}}
    for broken in ({"countries": "China"}, {"maximum-CNY": "9"}, {"minimum-CNY": "much"}, {"markets": "moon"}):
        assert owner.post(url, data | broken).status_code == 422
    assert GatewaySetting.objects.get(code="cash_on_delivery").rules == rules
    assert owner.post(reverse("backoffice:settings_payment_check", args=["cash_on_delivery"])).status_code == 404


def test_staff_are_added_moved_and_let_go(owner: Client) -> None:
    data = {"name": "Chen Yu", "email": "chen@staff.example", "role": "order_desk", "language": "en"}
    assert owner.post(reverse("backoffice:settings_staff_new"), data).status_code == 302
    assert not User.objects.filter(email="chen@staff.example").exists()
    person = create_staff(email="chen@staff.example", name="Chen Yu", role="order_desk", password="long enough 7!")
    owner.post(reverse("backoffice:settings_staff_role", args=[person.pk]), {"role": "catalogue"})
    owner.post(reverse("backoffice:settings_staff_access", args=[person.pk]), {"active": "0"})
    person.refresh_from_db()
    assert (person.role, person.is_active) == ("catalogue", False)
    for broken in ({"email": "x"}, {"role": "king"}, {"language": "xx"}, {"email": person.email}):
        answer = owner.post(reverse("backoffice:settings_staff_new"), data | {"email": "new@staff.example"} | broken)
        assert answer.status_code in {409, 422}
    assert not Invitation.objects.filter(email="new@staff.example").exists()


def test_the_last_owner_stays(owner: Client) -> None:
    person = member("owner")
    for name, data in (("settings_staff_role", {"role": "viewer"}), ("settings_staff_access", {"active": "0"})):
        assert owner.post(reverse(f"backoffice:{name}", args=[person.pk]), data).status_code == 409
    person.refresh_from_db()
    assert (person.role, person.is_active) == ("owner", True)


def test_no_field_has_a_name_that_hides_what_every_form_has() -> None:
    """A browser gives `form.form` to the field of that name; the scripts then find a field where they seek the form."""
    reverse("backoffice:home")
    taken = {
        *("form", "elements", "submit", "requestSubmit", "reset", "dataset", "parentElement", "parentNode", "children"),
        *("closest", "matches", "contains", "querySelector", "querySelectorAll", "getAttribute", "hasAttribute"),
    }
    seen, left = set(), [forms.BaseForm]
    while left:
        kind = left.pop()
        left += [one for one in kind.__subclasses__() if one not in seen]
        seen.add(kind)
    ours = [kind for kind in seen if kind.__module__.startswith("duli.")]
    assert len(ours) > 50
    wrong = {
        f"{kind.__qualname__}.{name}" for kind in ours for name in getattr(kind, "base_fields", {}) if name in taken
    }
    assert not wrong


def test_a_rate_of_a_currency_that_no_market_uses(owner: Client) -> None:
    """Labels are priced in dollars whether or not somebody pays with them."""
    url, page = reverse("backoffice:settings_rate"), reverse("backoffice:settings_markets")
    assert "Only needed where carriers" in owner.get(page).content.decode()
    for wrong in ({"currency": "CNY", "rate": "1"}, {"currency": "XXX", "rate": "1"}, {"currency": "CHF", "rate": "0"},
                  {"currency": "CHF"}, {"rate": "1"}, {"currency": "CHF", "rate": "9" * 40}):  # fmt: skip
        assert owner.post(url, wrong).status_code == 422
    assert owner.post(url, {"currency": "CHF", "rate": "0.125"}).status_code == 302
    shown = owner.get(page).content.decode()
    assert "Swiss Franc" in shown
    assert "1 CNY = 0.125 CHF" in shown
    assert exchange_rate("CHF", "CNY", now()) == 8
    assert 'value="0.125"' in owner.get(f"{url}?currency=CHF").content.decode()
    assert AuditEntry.objects.filter(reference="currency:CHF").count() == 1
    assert owner.get(f"{url}?currency={'x' * 5000}").status_code == 200


def test_markets_name_their_countries(owner: Client) -> None:
    save_market(code="alps", name="Alps", countries=["CH", "AT"], currency="CNY", language="en", actor="system")
    shown = owner.get(reverse("backoffice:settings_markets")).content.decode()
    assert "Switzerland, Austria" in shown
