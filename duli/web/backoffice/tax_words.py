"""What classes of goods are called for tax."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duli.commerce.pricing.selectors import tax_classes

STANDARD = "standard"
KNOWN_CLASSES: dict[str, str | Promise] = {
    STANDARD: _("Standard"),
    "reduced": _("Reduced"),
    "reduced1": _("Reduced, first rate"),
    "reduced2": _("Reduced, second rate"),
    "super_reduced": _("Super-reduced"),
    "parking": _("Parking rate"),
    "press_publications": _("Press"),
    "services": _("Services"),
    "shipping": _("Shipping"),
    "zero": _("Zero"),
}


def class_choices(*more: str) -> list[tuple[str, str | Promise]]:
    """Return the classes that are known and those that rates name, and `more` (one query)."""
    codes = dict.fromkeys([*KNOWN_CLASSES, *tax_classes(), *filter(None, more)])
    return [(code, KNOWN_CLASSES.get(code, code)) for code in codes if code != "shipping"]
