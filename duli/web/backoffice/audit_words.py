"""How the audit log says things: areas, deeds, fields and values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError
from duli.base.money import Money
from duli.commerce.payments.gateway import gateways
from duli.commerce.shipping.carriers import carrier
from duli.commerce.shipping.models import Method
from duli.commerce.shipping.selectors import zone_name
from duli.platform.accounts.permissions import PERMISSIONS
from duli.platform.accounts.roles import roles
from duli.platform.audit.types import AuditWords
from duli.platform.language_models.provider import providers
from duli.platform.mail.kinds import KINDS
from duli.platform.sms.channel import channels
from duli.platform.store.models import UnitPrices
from duli.web.backoffice.job_words import job_words
from duli.web.backoffice.kit.words import listed
from duli.web.backoffice.places import country_name, language_name

AREAS: Final[dict[str, Promise]] = {
    "settings": _("Settings"),
    "markets": _("Markets"),
    "promotions": _("Discounts"),
    "membership": _("Membership"),
    "referrals": _("Referrals"),
    "shipping": _("Shipping"),
    "taxes": _("Taxes"),
    "payments": _("Payment methods"),
    "prices": _("Prices"),
    "products": _("Products"),
    "customers": _("Customers"),
    "notifications": _("Notifications"),
    "staff": _("Staff"),
    "roles": _("Roles"),
    "system": _("Jobs and health"),
    "gift_cards": _("Gift cards"),
    "content": _("Content"),
    "api": _("API tokens"),
}

ACTIONS: Final[dict[str, Promise]] = {
    "code_added": _("Added a discount code"),
    "referral_decided": _("Decided on a referral"),
    "paid_out": _("Paid commissions out"),
    "code_switched": _("Switched a discount code"),
    "codes_generated": _("Had discount codes made"),
    "points_adjusted": pgettext_lazy("audit", "points changed"),
    "tier_set": pgettext_lazy("audit", "tier set by hand"),
    "resealed": pgettext_lazy("audit", "stored secrets sealed anew"),
    "created": pgettext_lazy("audit", "created"),
    "changed": pgettext_lazy("audit", "changed"),
    "deleted": pgettext_lazy("audit", "removed"),
    "password": pgettext_lazy("audit", "password changed"),
    "invited": pgettext_lazy("audit", "invited"),
    "revoked": pgettext_lazy("audit", "invitation taken back"),
    "joined": pgettext_lazy("audit", "joined"),
    "second_step": pgettext_lazy("audit", "second step changed"),
    "sessions": pgettext_lazy("audit", "sessions ended"),
    "retried": pgettext_lazy("audit", "tried again"),
    "discarded": pgettext_lazy("audit", "discarded"),
    "merged": pgettext_lazy("audit", "merged"),
    "exported": pgettext_lazy("audit", "exported"),
    "erased": pgettext_lazy("audit", "erased"),
    "file_added": pgettext_lazy("audit", "file added"),
    "file_changed": pgettext_lazy("audit", "file changed"),
    "file_removed": pgettext_lazy("audit", "file removed"),
    "code_renewed": pgettext_lazy("audit", "new code"),
    "corrected": pgettext_lazy("audit", "balance corrected"),
    "blocked": pgettext_lazy("audit", "blocked"),
    "unblocked": pgettext_lazy("audit", "pays again"),
    "withdrawn": pgettext_lazy("audit", "taken back"),
}

FIELDS: Final[dict[str, Promise]] = {
    "parameters": _("Variables"),
    "sign": _("Sign"),
    "template": _("Template"),
    "per_country": _("Most codes to one country in a day"),
    "per_day": _("Most messages in a day"),
    "name": _("Name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "address": _("Address"),
    "tagline": _("Tagline"),
    "legal_name": _("Legal name"),
    "registration": _("Registration"),
    "time_zone": _("Time zone"),
    "order_prefix": _("Before each order number"),
    "hold_minutes": _("Minutes an order keeps its stock"),
    "low_stock_threshold": _("Stock counts as low at"),
    "role": _("Role"),
    "is_active": _("Active"),
    "is_default": pgettext_lazy("market", "Default"),
    "code": _("Short name"),
    "min_days": _("Days at least"),
    "max_days": _("Days at most"),
    "is_pickup": _("Fetched by the shopper"),
    "cutoff": _("Leaves the same day until"),
    "handling_days": _("Working days until it leaves"),
    "on_weekdays": _("Its days are Monday to Friday"),
    "rates": _("Rates"),
    "free_over": _("Free from"),
    "devices": _("Devices"),
    "text": _("Text"),
    "permissions": _("Permissions"),
    "refund_limits": _("Largest refund alone"),
    "discount_limit": _("Largest discount alone"),
    "sees_cost": _("Sees costs"),
    "sees_personal": _("Sees personal data"),
    "requires_mfa": _("Needs a second step"),
    "description": _("Description"),
    "countries": _("Countries"),
    "currency": _("Currency"),
    "language": _("Language"),
    "rate": _("Rate"),
    "rounding": _("Rounding"),
    "prices_include_tax": _("Prices include tax"),
    "tax_rounding": _("Tax is rounded"),
    "included": _("In the price"),
    "compound": _("On the price with the taxes before it"),
    "city": _("City"),
    "enabled": _("On"),
    "test_mode": _("Practice"),
    "position": _("Position"),
    "price": _("Price"),
    "title": _("Title"),
    "default_language": _("Language of the store"),
    "default_currency": _("Currency"),
    "accent": _("Colour"),
    "regions": _("Regions"),
    "reason": _("Reason"),
    "tag_ids": _("Goods with these tags"),
    "category_ids": _("Goods of these categories, and those below"),
    "product_ids": _("These products"),
    "is_elsewhere": _("All countries but those"),
    "method_codes": _("By these methods"),
    "zone": _("Zone"),
    "zone_id": _("Zone"),
    "carrier": _("Carrier"),
    "basis": pgettext_lazy("shipping", "Basis"),
    "capture": _("Taking the money"),
    "accounts": _("Accounts"),
    "hold_days": _("Days an order waits for its money"),
    "currencies": _("Currencies"),
    "unit_prices": _("Unit prices"),
    "checks_reductions": _("Reductions name the lowest price of the 30 days before"),
    "amount": _("Amount"),
    "model": pgettext_lazy("language model", "Model"),
    "vision_model": pgettext_lazy("language model", "Model for pictures"),
    "per_person": _("Tokens of one person in a day"),
    "keep_days": _("Days that questions and answers are kept"),
    "note": _("Note"),
}
VALUES: Final[dict[tuple[str, str], Promise | str]] = {
    **{("basis", code): label for code, label in Method.Basis.choices},
    ("capture", "automatic"): _("with the order"),
    ("capture", "manual"): _("by hand"),
    **{("unit_prices", code): label for code, label in UnitPrices.choices},
}
LANGUAGE: Final = re.compile(r"[a-z]{2}(-[a-z]{2,4})?")
MONEY: Final = frozenset({"rates", "free_over", "refund_limits"})
"""Fields whose values are amounts by currency, in its smallest unit."""


def field_words(name: str) -> str:
    """Return the name of a field as people know it; one that has none by its own."""
    return str(FIELDS.get(name) or name.replace("_", " ").capitalize())


def label_words(area: str, label: str) -> str:
    """Return what something is called: a payment method by its name, a job by what it does."""
    if area == "payments" and label in gateways:
        return str(gateways.get(label).description.name)
    if area == "settings" and label in providers:
        return str(providers.get(label).description.name)
    if area == "notifications":
        return " · ".join(map(_part_words, label.split(" · ")))
    return job_words(label) if area == "system" else label


def _part_words(part: str) -> str:
    """Return a part of what a message is called: its service, its event, its language."""
    if part in channels:
        return str(channels.get(part).description.name)
    if part in KINDS:
        return str(KINDS[part].label)
    return language_name(part) if LANGUAGE.fullmatch(part) else part


def meant_by(query: str, names: Mapping[str, str]) -> AuditWords:
    """Return what a word stands for in the reader's language; `names` maps an actor to how people call it."""
    asked = query.casefold()

    def having(said: Iterable[tuple[str, object]]) -> list[str]:
        return [code for code, words in said if asked in str(words).casefold()] if asked else []

    called = [(code, gateway.description.name) for code, gateway in gateways]
    called += [(code, kind.label) for code, kind in KINDS.items()]
    return AuditWords(
        actors=having(names.items()),
        areas=having(AREAS.items()),
        actions=having(ACTIONS.items()),
        fields=having(FIELDS.items()),
        labels=having(called),
    )


def value_words(value: Any, field: str = "") -> str:
    """Return a value as people read it; what has a code (roles, carriers, countries, languages) by its name."""
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return listed(value_words(entry, field) for entry in value)
    if isinstance(value, dict) and field in MONEY:
        return listed(_amounts(inner, str(key)) for key, inner in value.items())
    if isinstance(value, dict):
        return ", ".join(f"{key}: {value_words(inner)}" for key, inner in value.items())
    if field == "role" and value in roles():
        return str(roles()[value].label)
    if field == "permissions" and value in PERMISSIONS:
        return str(PERMISSIONS[value])
    if field == "carrier" and (known := carrier(str(value))):
        return str(known.name)
    if field == "countries":
        return gettext("Everywhere else") if value == "*" else country_name(str(value))
    if field == "zone_id":
        return zone_name(int(value)) if str(value).isdecimal() else str(value)
    if field in {"language", "default_language"}:
        return language_name(str(value))
    return str(VALUES.get((field, str(value))) or value)


def _amounts(value: Any, currency: str) -> str:
    """Return an amount, or steps of amounts ("from 5000: ¥22"), in one currency."""
    language = get_language() or "en"
    try:
        if isinstance(value, int):
            return Money(value, currency).format(language)
        return " · ".join(
            gettext("from %(from)s: %(price)s")
            % {
                "from": _start(step, currency),
                "price": gettext("not sent") if step["minor"] is None else _amounts(step["minor"], currency),
            }
            for step in value
        )
    except (DuliError, KeyError, TypeError, ValueError):
        # What an older version or a plugin wrote in another form stands as it was written.
        return f"{currency}: {value}"


def _start(step: dict[str, Any], currency: str) -> str:
    """Return where a step of a price begins, in what it is counted in; older entries do not say that."""
    begin, basis = int(step["from"]), step.get("of")
    if basis == Method.Basis.WEIGHT:
        return f"{Decimal(begin) / 1000:f} kg"
    if basis == Method.Basis.PRICE:
        return Money(begin, currency).format(get_language() or "en")
    if basis == Method.Basis.QUANTITY:
        return ngettext("%(count)s item", "%(count)s items", begin) % {"count": begin}
    return str(begin)
