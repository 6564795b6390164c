"""What the merchant sets up, and what follows from it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from duli.commerce.payments.gateway import GatewayConfig, GatewayDescription, SettingField
from duli.plugins.payment_paypal.client import Account

LIVE_URL, TEST_URL = "https://api-m.paypal.com", "https://api-m.sandbox.paypal.com"
# The only addresses whose certificates are believed.
LIVE_CERTIFICATES = ("https://api.paypal.com", LIVE_URL)
TEST_CERTIFICATES = ("https://api.sandbox.paypal.com", TEST_URL)
CARRIERS = {"dhl": "DHL", "fedex": "FEDEX", "ups": "UPS", "usps": "USPS"}
"""PayPal's names of our carriers."""
PRACTICE_ID = "practice"
PRACTICE_PATH = "/sandbox-paypal"

DESCRIPTION = GatewayDescription(
    name=_("PayPal"),
    description=_("Pay with your PayPal account."),
    kind="redirect",
    hold=timedelta(hours=1),
    has_test_mode=True,
    fields=(
        SettingField("client_id", _("Client ID"), required=True),
        SettingField("client_secret", _("Secret"), "secret", required=True),
        SettingField("webhook_id", _("Webhook ID"), required=True),
        SettingField(
            "merchant_id",
            _("Merchant ID of your account"),
            help=_("If given, money that went to another account is not believed."),
        ),
        SettingField("brand_name", _("Name of the shop on PayPal's page")),
        SettingField(
            "capture",
            _("Take the money"),
            "choice",
            default="automatic",
            choices=(("automatic", _("At once")), ("manual", _("When staff capture it"))),
            help=_("An authorisation is sure for 3 days and lapses after 29."),
        ),
        SettingField(
            "verification",
            _("How messages are checked"),
            "choice",
            default="certificate",
            choices=(("certificate", _("By PayPal's certificate")), ("ask", _("By asking PayPal each time"))),
        ),
        SettingField(
            "carriers",
            _("Carriers by PayPal's names"),
            "pairs",
            help=_("PayPal hears tracking numbers. Its name = ours, as in SF_EXPRESS = sf; others are told in words."),
        ),
        SettingField("base_url", _("Address of PayPal"), help=_("Empty: the real one.")),
        SettingField(
            "authority",
            _("Authority of the certificates"),
            "multiline",
            help=_("Empty: those that this machine believes. Only needed with an address of your own above."),
        ),
    ),
    guide=(
        _("Sign in at developer.paypal.com with your business account."),
        _("Choose Sandbox at the top to try it out, or Live for real money: each has its own keys."),
        _("Open Apps & Credentials, create an app and copy its Client ID and Secret into the fields below."),
        _(
            "In the app, add a webhook with the address shown on this page and choose these events: Checkout order"
            " approved, Payment capture completed, denied, pending, refunded and reversed, Payment authorization"
            " created and voided, Checkout payment-approval reversed, Customer dispute created, updated and resolved."
        ),
        _("Copy the ID of the new webhook into “Webhook ID” below."),
        _("In the app, switch on “Transaction search”: the daily bills are read with it."),
        _("Save, then press “Test connection”."),
    ),
)


def built_in_secret() -> str:
    """Return the secret that the shop shares with the stand-in inside its own process."""
    return hmac.new(settings.SECRET_KEY.encode(), b"sandbox paypal", hashlib.sha256).hexdigest()


def practises(config: GatewayConfig) -> bool:
    """Whether the shop tries it out with the stand-in inside its own process, which only a demo has."""
    return bool(settings.DEMO and config.text("client_id") == PRACTICE_ID and not config.text("base_url"))


def account_of(config: GatewayConfig) -> Account:
    """Return who we are at PayPal, and where that is."""
    if practises(config):
        return Account(settings.PUBLIC_URL + PRACTICE_PATH, PRACTICE_ID, built_in_secret())
    base_url = config.text("base_url") or (TEST_URL if config.test_mode else LIVE_URL)
    return Account(
        base_url.rstrip("/"), config.text("client_id"), config.text("client_secret"), config.text("merchant_id")
    )


def certificate_origins(config: GatewayConfig) -> tuple[str, ...]:
    """Return the addresses whose certificates are believed: an own address serves its own."""
    if config.text("base_url") or practises(config):
        parts = urlsplit(account_of(config).base_url)
        return (f"{parts.scheme}://{parts.netloc}",)
    return TEST_CERTIFICATES if config.test_mode else LIVE_CERTIFICATES
