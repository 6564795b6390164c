"""What shoppers are told of promotions, in the active language."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import get_language, gettext, ngettext, pgettext

from duli.base.money import Money
from duli.commerce.pricing.promotion_types import (
    WHOLE,
    AddOn,
    Amount,
    Ladder,
    Missing,
    Outcome,
    Percent,
    PointsTimes,
    Promotion,
    ShippingOff,
)


def percent_text(points: int) -> str:
    """Return points as a number of per cent: 1250 is "12.5"."""
    return f"{Decimal(points) / 100:f}".rstrip("0").rstrip(".") if points % 100 else str(points // 100)


def off_text(points: int) -> str:
    """Return a reduction as a reader says it: "10% off"; in Chinese by what is left of the price, "9 折"."""
    if not (get_language() or "").startswith("zh"):
        return gettext("%(percent)s%% off") % {"percent": percent_text(points)}
    left = WHOLE - points
    # 5% off is "95 折"; what is less than a tenth is written with its point, for "5 折" is a half.
    tenths = str(left // 100).rstrip("0") if left >= 1000 and not left % 100 else f"{Decimal(left) / 1000:f}"
    # Translators: only Chinese says it; the number is of tenths that are left to pay.
    return pgettext("part of a price that is left", "%(tenths)s tenths") % {"tenths": tenths}


def times_text(percent: int) -> str:
    """Return a multiple of points: 150 is "1.5"."""
    return f"{Decimal(percent) / 100:f}".rstrip("0").rstrip(".") if percent % 100 else str(percent // 100)


def points_text(benefit: PointsTimes) -> str:
    return gettext("%(times)s times the points") % {"times": times_text(benefit.percent)}


def gain_text(missing: Missing, outcome: Outcome, language: str) -> str:
    """Return what one would get: "¥50 off", "10% off", "free shipping"."""
    benefit = outcome.promotion.benefit
    minor, points = missing.minor, missing.points
    if isinstance(benefit, AddOn):
        if not benefit.minor:
            return gettext("a gift to choose")
        return gettext("an extra item at %(amount)s") % {
            "amount": Money(benefit.minor, outcome.amount.currency).format(language)
        }
    if isinstance(benefit, PointsTimes):
        return points_text(benefit)
    if not minor and not points:
        if isinstance(benefit, Percent):
            points = benefit.points
        elif isinstance(benefit, Amount):
            minor = benefit.minor
        elif isinstance(benefit, ShippingOff) and benefit.points == WHOLE:
            return gettext("free shipping")
    if minor:
        return gettext("%(amount)s off") % {"amount": Money(minor, outcome.amount.currency).format(language)}
    if points == WHOLE:
        return gettext("one free")
    if points:
        return off_text(points)
    return outcome.promotion.title


def offer_text(promotion: Promotion, currency: str, language: str) -> str:
    """Return what a promotion gives and from what on, in a few words: "¥20.00 off from ¥200.00"."""
    benefit = promotion.benefit
    minor = points = least = 0
    words = ""
    if isinstance(benefit, PointsTimes):
        words = points_text(benefit)
    elif isinstance(benefit, Percent):
        points = benefit.points
    elif isinstance(benefit, Amount):
        minor = benefit.minor
    elif isinstance(benefit, Ladder) and not benefit.by_quantity:
        step = benefit.steps[-1]
        minor, points, least = step.minor, step.points, step.at
    elif isinstance(benefit, ShippingOff) and benefit.points == WHOLE:
        words = gettext("free shipping")
    if minor:
        words = gettext("%(amount)s off") % {"amount": Money(minor, currency).format(language)}
    elif points:
        words = off_text(points)
    elif not words:
        return promotion.title
    least = max([least, *(need.amount for need in promotion.needs)])
    if not least:
        return words
    return gettext("%(gain)s from %(amount)s") % {"gain": words, "amount": Money(least, currency).format(language)}


def near_miss(outcome: Outcome, language: str) -> str:
    """Return "¥31.00 more for ¥50.00 off", or nothing where more goods would bring nothing."""
    missing = outcome.missing
    if missing is None or outcome.reason not in {"", "missing"}:
        return ""
    gain = gain_text(missing, outcome, language)
    if missing.kind == "add_on":
        return gettext("You may add %(gain)s") % {"gain": gain}
    if missing.kind == "amount":
        short = Money(missing.short, outcome.amount.currency).format(language)
        return gettext("%(amount)s more for %(gain)s") % {"amount": short, "gain": gain}
    return ngettext("%(count)s more item for %(gain)s", "%(count)s more items for %(gain)s", missing.short) % {
        "count": missing.short,
        "gain": gain,
    }


def reason_text(outcome: Outcome, language: str) -> str:
    """Return why a promotion does not apply, as a sentence."""
    texts = {
        "not_now": gettext("It does not run at this time."),
        "code": gettext("It needs a code."),
        "not_here": gettext("It is not valid for this country, currency or way of buying."),
        "payment": gettext("It is for another way to pay."),
        "account": gettext("Sign in to your account to use it."),
        "not_for_you": gettext("It is for certain customers only."),
        "used_up": gettext("It has been used as often as it may be."),
        "nothing": gettext("There is nothing in the cart that it could reduce."),
        "others": gettext("Another offer it cannot be combined with gives more."),
    }
    if isinstance(outcome.promotion.benefit, PointsTimes):
        texts["nothing"] = gettext("There is nothing in the cart for which it gives more points.")
    if outcome.reason == "missing":
        return near_miss(outcome, language) or texts["nothing"]
    return texts.get(outcome.reason, "")


def shipping_why(before: str, names: Sequence[str]) -> str:
    """Return why shipping costs what it does, with the promotions that took something off."""
    return " · ".join([*([before] if before else []), *names])
