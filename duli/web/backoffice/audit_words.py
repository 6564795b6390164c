"""How the audit log says things: areas, deeds, fields and values."""

from __future__ import annotations

import json
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

AREAS: Final[dict[str, Promise]] = {
    "settings": _("Settings"),
    "markets": _("Markets"),
    "shipping": _("Shipping"),
    "payments": _("Payment methods"),
    "prices": _("Prices"),
    "products": _("Products"),
    "customers": _("Customers"),
    "notifications": _("Notifications"),
    "staff": _("Staff"),
    "roles": _("Roles"),
    "system": _("Jobs and health"),
}

ACTIONS: Final[dict[str, Promise]] = {
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
}

FIELDS: Final[dict[str, Promise]] = {
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
    "is_active": _("May sign in"),
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
    "prices_include_tax": _("Prices include tax"),
    "enabled": _("On"),
    "test_mode": _("Practice"),
    "position": _("Position"),
    "price": _("Price"),
    "title": _("Title"),
}


def field_words(name: str) -> str:
    """Return the name of a field as people know it; one that has none by its own."""
    return str(FIELDS.get(name) or name.replace("_", " ").capitalize())


def value_words(value: Any) -> str:
    """Return a value as people read it."""
    match value:
        case None | "" | [] | {}:
            return "—"
        case True:
            return gettext("yes")
        case False:
            return gettext("no")
        case list():
            return ", ".join(value_words(entry) for entry in value)
        case dict():
            return json.dumps(value, ensure_ascii=False)
    return str(value)
