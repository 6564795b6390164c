"""No card data ever reaches this server (PCI DSS, SAQ A): nothing here could take a card number, and none is kept."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.serializers import serialize
from django.test import Client

from config.environment import ROOT
from config.logging import JsonFormatter, PlainFormatter
from duli.base.text import mask_cards
from duli.commerce.payments import services
from duli.commerce.payments.gateway import Redirect, gateways
from duli.platform.jobs import worker
from tests.plugins.paypal import PayPalProvider
from tests.plugins.stripe import StripeProvider

NUMBERS = ("4242424242424242", "4242 4242 4242 4242", "5555-5555-5555-4444", "378282246310005")
# Names under which somebody might take a card. The last digits, brand and expiry of what a provider told may be kept.
FORBIDDEN = re.compile(
    r"(?<![a-z])(?:cc[_-]?(?:number|num|csc|cvc|exp)|card[_-]?(?:number|num|no|cvc|cvv|csc|code|expiry)|cvc2?|cvv2?|csc|pan"
    r"|security[_-]?code|credit[_-]?card|kartennummer)(?![a-z])",
    re.IGNORECASE,
)
# Codes of gift cards are money of this shop's own making, no payment card.
ALLOWED = {"card_code"}


def named(text: str) -> set[str]:
    return {found.lower() for found in FORBIDDEN.findall(text)} - ALLOWED


@pytest.mark.parametrize("number", [*NUMBERS, "6222020000000000000"])
def test_numbers_are_known_by_their_check_digit(number: str) -> None:
    data = f'{{"text": "paid with {number}."}}'.encode()
    masked = mask_cards(data)
    assert number.encode() not in masked
    assert len(masked) == len(data)
    assert masked.count(b"*") == len(re.sub(r"\D", "", number)) - 4


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",
        "2026112722001400000000001234",
        "pi_4242424242424242",
        "1795750677123",
        "a4242424242424242",
        "4242.4242424242424242",
        "12900",
        "",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask_cards(text.encode()) == text.encode()


def test_no_table_has_a_column_for_it() -> None:
    columns = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if named(field.name)
    }
    assert not columns


def test_no_page_of_the_shop_has_a_field_for_it() -> None:
    found = {}
    for folder in ("duli", "themes"):
        for path in (ROOT / folder).rglob("*.html"):
            fields = re.findall(r'(?:name|autocomplete)="([^"{]+)"', path.read_text(encoding="utf-8"))
            if wrong := {name for field in fields for name in named(field)}:
                found[str(path)] = wrong
    assert not found


def test_no_form_or_setting_asks_for_it() -> None:
    from django import forms

    def subclasses(base: type) -> Iterator[type]:
        for child in base.__subclasses__():
            yield child
            yield from subclasses(child)

    fields = {
        f"{form.__module__}.{form.__name__}.{name}"
        for form in subclasses(forms.BaseForm)
        for name in getattr(form, "base_fields", {})
        if named(name)
    }
    settings = {
        f"{code}.{field.name}"
        for code in ("stripe", "paypal", "alipay", "sandbox_card")
        for field in gateways.get(code).description.fields
        if named(field.name)
    }
    assert not fields | settings


@pytest.mark.django_db
def test_no_call_of_the_api_takes_it(client: Client) -> None:
    from duli.web.api.urls import api

    def names(thing: object) -> Iterator[str]:
        if isinstance(thing, dict):
            for key, value in thing.items():
                yield str(key)
                if key in {"name", "title"} and isinstance(value, str):
                    yield value
                yield from names(value)
        elif isinstance(thing, list):
            for entry in thing:
                yield from names(entry)

    found = {name for name in names(json.loads(json.dumps(api.get_openapi_schema(), default=str))) if named(name)}
    assert not found


@pytest.mark.parametrize("number", NUMBERS)
def test_no_log_line_keeps_it(number: str) -> None:
    for formatter in (PlainFormatter(), JsonFormatter()):
        record = logging.LogRecord("duli.payments", logging.WARNING, "", 0, "refused %s", (number,), None)
        assert number not in formatter.format(record)


@pytest.mark.django_db
@pytest.mark.parametrize("make", [StripeProvider, PayPalProvider])
def test_what_a_provider_should_never_send_is_not_kept(make: type[StripeProvider] | type[PayPalProvider]) -> None:
    provider = make()
    code = "stripe" if make is StripeProvider else "paypal"
    services.save_gateway(code=code, enabled=True, values=provider.values())
    from duli.base.money import Money

    collection = services.open_collection(
        reference="order:1", amount=Money(12900, "CNY"), method_code=code, return_url="/", language="en", label="1"
    )
    step = services.start(collection_id=collection.pk, idempotency_key="k")
    assert isinstance(step, Redirect)
    provider.pay(collection, step)
    [(body, _headers)] = provider.messages(1)
    data = json.loads(body)
    thing = data.get("resource") or data["data"]["object"]
    thing["description"] = " and ".join(NUMBERS)
    thing["card"] = {"number": NUMBERS[0], "list": list(NUMBERS)}
    signed = provider.sign(json.dumps(data).encode())
    services.receive_webhook(provider=code, body=signed[0], headers=signed[1])
    worker.drain()
    collection.refresh_from_db()
    assert collection.captured_minor == 12900
    kept = ""
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            kept += serialize("json", model._default_manager.all())
            kept += "".join(
                bytes(value).decode("utf-8", "replace")
                for field in model._meta.concrete_fields
                if field.get_internal_type() == "BinaryField"
                for value in model._default_manager.values_list(field.name, flat=True)
                if value
            )
    assert "description" in kept
    for number in NUMBERS:
        assert number not in kept
