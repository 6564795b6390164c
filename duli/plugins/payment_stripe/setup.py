"""What the merchant sets up, and what follows from it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from duli.commerce.payments.gateway import GatewayConfig, GatewayDescription, GatewayRefused, SettingField
from duli.plugins.payment_stripe.client import API_URL, Account

PRACTICE_KEY = "sk_test_practice"
PRACTICE_PATH = "/sandbox-stripe"
SCRIPT_URL = "https://js.stripe.com/endive/stripe.js"
# What Stripe's script talks to and frames: the interface, and the banks' questions.
SCRIPT_ORIGINS = (API_URL, "https://hooks.stripe.com")
# What the shop's address at Stripe has to be told; anything else is noted and forgotten.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "payment_intent.amount_capturable_updated",
    "charge.succeeded",
    "charge.captured",
    "charge.failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
)
# Currencies in which shoppers see these; asking for others would make Stripe refuse the whole payment.
_ALIPAY = frozenset(["AUD", "CAD", "CNY", "EUR", "GBP", "HKD", "JPY", "MYR", "NZD", "SGD", "USD"])
_WECHAT = frozenset(["AUD", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "HKD", "JPY", "NOK", "SEK", "SGD", "USD"])
_YES_NO = (("no", _("No")), ("yes", _("Yes")))

DESCRIPTION = GatewayDescription(
    name=_("Card, Apple Pay, Google Pay"),
    description=_("Pay safely through Stripe."),
    kind="redirect",
    hold=timedelta(minutes=30),
    has_test_mode=True,
    fields=(
        SettingField(
            "secret_key",
            _("Secret key"),
            "secret",
            required=True,
            help=_("Begins with sk_live_ (sk_test_ to try out)."),
        ),
        SettingField(
            "webhook_secret", _("Signing secret of the webhook"), "secret", required=True, help=_("Begins with whsec_.")
        ),
        SettingField(
            "form",
            _("Where the card is given"),
            "choice",
            default="checkout",
            choices=(("checkout", _("On Stripe's page")), ("element", _("On the order's page, in Stripe's frames"))),
        ),
        SettingField(
            "publishable_key",
            _("Publishable key"),
            help=_("Only for Stripe's frames on the order's page. Begins with pk_live_ (pk_test_ to try out)."),
            needed_if=("form", "element"),
        ),
        SettingField(
            "capture",
            _("Take the money"),
            "choice",
            default="automatic",
            choices=(("automatic", _("At once")), ("manual", _("When staff capture it"))),
            help=_("A card's authorisation lasts about 7 days. Alipay and WeChat Pay are always taken at once."),
        ),
        SettingField("alipay", _("Offer Alipay too"), "choice", default="no", choices=_YES_NO),
        SettingField("wechat_pay", _("Offer WeChat Pay too"), "choice", default="no", choices=_YES_NO),
        SettingField("base_url", _("Address of Stripe"), help=_("Empty: the real one.")),
    ),
    guide=(
        _("Sign in at dashboard.stripe.com, or open an account there and finish its activation."),
        _("To try it out first, switch to the sandbox (test mode) at the top of the page: it has keys of its own."),
        _("Open Developers › API keys and copy the secret key into “Secret key” below."),
        _(
            "Open Developers › Webhooks, add an endpoint with the address shown on this page and choose these events:"
            " checkout.session (completed, async_payment_succeeded, async_payment_failed, expired), payment_intent"
            " (succeeded, canceled, amount_capturable_updated), charge (succeeded, captured, failed, dispute.created,"
            " dispute.updated, dispute.closed), refund (created, updated, failed)."
        ),
        _("Open the new endpoint, reveal its signing secret and copy it into “Signing secret of the webhook” below."),
        _("For Alipay and WeChat Pay, first switch them on under Settings › Payment methods."),
        _("Save, then press “Test connection”."),
    ),
)


def built_in_secret() -> str:
    """Return the signing secret that the shop shares with the stand-in inside its own process."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"sandbox stripe", hashlib.sha256).hexdigest()
    return f"whsec_{digest}"


def _practises(config: GatewayConfig) -> bool:
    """Whether the shop tries it out with the stand-in inside its own process, which only a demo has."""
    return bool(settings.DEMO and config.text("secret_key") == PRACTICE_KEY and not config.text("base_url"))


def account_of(config: GatewayConfig) -> Account:
    """Return who we are at Stripe. GatewayRefused if a key of one mode stands in the other's place."""
    key = config.text("secret_key")
    is_test_key = key.startswith(("sk_test_", "rk_test_"))
    if is_test_key != config.test_mode:
        raise GatewayRefused(
            reason="wrong_mode",
            detail=str(_("A key for trying out stands where the real one belongs, or the other way round.")),
        )
    base_url = settings.PUBLIC_URL + PRACTICE_PATH if _practises(config) else config.text("base_url") or API_URL
    return Account(base_url.rstrip("/"), key, not config.test_mode)


def webhook_secrets(config: GatewayConfig) -> tuple[str, ...]:
    """Return the signing secrets that are believed."""
    return (built_in_secret(),) if _practises(config) else config.secrets("webhook_secret")


def script_of(account: Account) -> tuple[str, tuple[str, ...]]:
    """Return the address of Stripe's script and the other addresses it needs; an own Stripe serves its own."""
    if account.base_url == API_URL:
        return SCRIPT_URL, SCRIPT_ORIGINS
    return f"{account.base_url}{urlsplit(SCRIPT_URL).path}", ()


def methods_for(config: GatewayConfig, currency: str, *, client: str = "web") -> dict[str, Any]:
    """Return which ways to pay are asked for and how; cards bring Apple Pay and Google Pay along."""
    methods, options = ["card"], {}
    if config.text("alipay") == "yes" and currency in _ALIPAY:
        methods.append("alipay")
    if config.text("wechat_pay") == "yes" and currency in _WECHAT:
        methods.append("wechat_pay")
        options["wechat_pay"] = {"client": client}
    if config.text("capture") == "manual":
        # Set for cards only: the others know no later capture and would be refused with it.
        options["card"] = {"capture_method": "manual"}
    return {"payment_method_types": methods, **({"payment_method_options": options} if options else {})}
