"""The stand-in itself: it must be as strict as a real provider, or it proves nothing."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from html.parser import HTMLParser
from typing import Any

import pytest

from sandbox.card_page import cards, pages
from sandbox.card_page.app import CardPage
from sandbox.card_page.delivery import PAUSES, Delivery
from sandbox.card_page.store import Store

SECRETS = {"shop": "one", "other": "two"}
ORDER = {
    "reference": "attempt-1",
    "amount": 12900,
    "currency": "CNY",
    "label": "1007 <b>",
    "language": "zh-hans",
    "return_url": "https://shop.example/back?a=1",
    "webhook_url": "",
    "capture": "automatic",
}


class Merchant:
    """Talks to the application without a network."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.store = Store(":memory:", lambda: self.time)
        self.page = CardPage(self.store, SECRETS, "https://cards.example", late_seconds=20)

    def http(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        answer: dict[str, Any] = {}

        def start(status: str, given: list[tuple[str, str]]) -> None:
            answer.update(status=int(status[:3]), headers=dict(given))

        content = b"".join(self.page(environ, start))
        return answer["status"], answer["headers"], content

    def call(
        self, method: str, path: str, data: dict[str, Any] | None = None, key: str = "", **changes: Any
    ) -> tuple[int, dict[str, Any]]:
        body = json.dumps(data).encode() if data is not None else b""
        merchant = changes.get("merchant", "shop")
        timestamp = str(int(changes.get("time", self.time)))
        text = f"{timestamp}\n{method}\n{path}\n".encode() + body
        signature = hmac.new(changes.get("secret", "one").encode(), text, hashlib.sha256).hexdigest()
        status, _, content = self.http(
            method,
            path,
            changes.get("body", body),
            card_merchant=merchant,
            card_timestamp=timestamp,
            card_signature=f"v1={signature}",
            idempotency_key=key,
        )
        return status, json.loads(content)

    def open(self, key: str = "k", **changes: Any) -> str:
        status, session = self.call("POST", "/v1/sessions", {**ORDER, **changes}, key)
        assert status == 200
        return str(session["id"])

    def shopper(self, session: str, action: str = "", **form: str) -> tuple[int, dict[str, str], str]:
        body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
        status, headers, content = self.http("POST", f"/pay/{session}{action}", body)
        return status, headers, content.decode()

    def status(self, session: str) -> str:
        return str(self.call("GET", f"/v1/sessions/{session}")[1]["status"])


@pytest.fixture
def merchant() -> Merchant:
    return Merchant()


@pytest.mark.parametrize(
    "changes",
    [{"secret": "two"}, {"merchant": "nobody"}, {"merchant": "other"}, {"body": b"{}"}, {"time": 1_799_999_699}],
)
def test_unsigned_requests_are_refused(merchant: Merchant, changes: dict[str, Any]) -> None:
    status, answer = merchant.call("POST", "/v1/sessions", ORDER, "k", **changes)
    assert status == 401
    assert answer["error"]["code"] in {"invalid_signature", "stale_request"}


def test_key_repeats_and_guards(merchant: Merchant) -> None:
    assert merchant.open() == merchant.open()
    assert merchant.open("other key") != merchant.open()
    status, answer = merchant.call("POST", "/v1/sessions", {**ORDER, "amount": 1}, "k")
    assert (status, answer["error"]["code"]) == (400, "idempotency_error")
    assert merchant.call("POST", "/v1/sessions", ORDER)[0] == 400


def test_another_merchants_session_is_not_there(merchant: Merchant) -> None:
    session = merchant.open()
    status, _ = merchant.call("GET", f"/v1/sessions/{session}", merchant="other", secret="two")
    assert status == 404


def test_found_by_reference(merchant: Merchant) -> None:
    session = merchant.open()
    assert merchant.call("GET", "/v1/sessions/ref_attempt-1")[1]["id"] == session


@pytest.mark.parametrize("field", ["number", "expiry", "code"])
def test_typing_errors_are_named(merchant: Merchant, field: str) -> None:
    session = merchant.open()
    form = {"number": "4242424242424242", "expiry": "04/30", "code": "123", field: "1"}
    status, _, page = merchant.shopper(session, **form)
    assert status == 422
    assert f'id="{field}-problem"' in page
    assert "4242424242424242" not in page
    assert merchant.status(session) == "open"


def test_real_looking_cards_are_turned_away(merchant: Merchant) -> None:
    assert cards.problems("5555555555554444", "04/30", "123", year=2027, month=1) == {"number": "not_a_test_card"}
    assert cards.problems("4242424242424242", "01/27", "123", year=2027, month=1) == {}
    assert cards.problems("4242424242424242", "12/26", "123", year=2027, month=1) == {"expiry": "expiry_past"}
    assert cards.problems("４２４２", "٠٤/30", "１２３", year=2027, month=1).keys() == {"number", "expiry", "code"}


def test_typed_card_pays_and_leads_back(merchant: Merchant) -> None:
    session = merchant.open()
    status, headers, _ = merchant.shopper(session, number="4242+4242+4242+4242", expiry="04+/+30", code="123")
    assert status == 303
    assert headers["Location"].startswith("https://shop.example/back?a=1&session=")
    assert merchant.status(session) == "paid"
    assert merchant.shopper(session, test_card="declined")[0] == 303
    assert merchant.status(session) == "paid"


def test_no_card_number_is_ever_stored(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.shopper(session, number="4242424242424242", expiry="04/30", code="987")
    dump = json.dumps(merchant.store.session(session))
    assert "4242424242424242" not in dump
    assert "987" not in dump


def test_slow_bank(merchant: Merchant) -> None:
    session = merchant.open()
    assert merchant.shopper(session, test_card="late")[0] == 303
    assert merchant.status(session) == "processing"
    assert merchant.call("POST", f"/v1/sessions/{session}/cancel", {})[1]["status"] == "processing"
    merchant.time += 21
    assert merchant.status(session) == "paid"


def test_sessions_lapse(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.time += 1801
    assert merchant.shopper(session, test_card="paid")[0] == 303
    assert merchant.status(session) == "expired"


def test_refunds_add_up(merchant: Merchant) -> None:
    session = merchant.open()
    path = f"/v1/sessions/{session}/refunds"
    assert merchant.call("POST", path, {"amount": 1, "currency": "CNY"}, "r0")[1]["error"]["code"] == "not_paid"
    merchant.shopper(session, test_card="paid")
    first = merchant.call("POST", path, {"amount": 12000, "currency": "CNY"}, "r1")
    assert merchant.call("POST", path, {"amount": 12000, "currency": "CNY"}, "r1") == first
    for amount, currency, key in ((12001, "CNY", "r1"), (901, "CNY", "r2"), (900, "USD", "r3"), (-1, "CNY", "r4")):
        assert merchant.call("POST", path, {"amount": amount, "currency": currency}, key)[0] == 400
    assert merchant.call("POST", path, {"amount": 900, "currency": "CNY"}, "r5")[0] == 200


def test_messages_are_repeated_until_accepted(merchant: Merchant) -> None:
    session = merchant.open(webhook_url="http://127.0.0.1:9/")
    # Port 9 (discard) of loopback: nobody listens there.
    merchant.store.approve(session, last4="4242")
    delivery = Delivery(merchant.store, SECRETS)
    for pause in PAUSES:
        assert delivery.send_due() == 0
        assert merchant.store.next_due() == merchant.time + pause
        assert not merchant.store.due_messages()
        merchant.time += pause
    assert delivery.send_due() == 0
    assert merchant.store.next_due() is None


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("test_card", ["", "declined", "challenge"])
def test_pages_are_whole(merchant: Merchant, language: str, test_card: str) -> None:
    session = merchant.open()
    if test_card:
        merchant.shopper(session, test_card=test_card)
    _, headers, content = merchant.http("GET", f"/pay/{session}?lang={language}")
    page = content.decode()
    assert "1007 &lt;b&gt;" in page
    assert "¥129.00" in page
    assert "<script" not in page
    assert "form-action 'self' https://shop.example" in headers["Content-Security-Policy"]

    labels: set[str] = set()
    fields: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "label":
                labels.add(str(given["for"]))
            if tag == "input":
                fields.add(str(given["id"]))

    Reader().feed(page)
    assert fields == labels


def test_both_languages_say_everything() -> None:
    assert pages.TEXTS["zh"].keys() == pages.TEXTS["en"].keys()
    assert pages.amount_text(1234567, "JPY") == "¥1,234,567"
    assert pages.amount_text(1234567, "KWD") == "KWD 1,234.567"


@pytest.mark.parametrize("path", ["/", "/pay/nobody", "/pay/nobody/back", "/v1/other"])
def test_unknown_addresses(merchant: Merchant, path: str) -> None:
    assert merchant.http("POST", path)[0] in {401, 404}
