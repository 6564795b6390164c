"""Whether what is kept of points, store credit, commissions and flash sales is what their entries add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext

from duli.commerce.customers.credit import overdrawn
from duli.commerce.customers.models import Customer
from duli.commerce.flash_sales import monitor
from duli.commerce.membership import selectors as membership
from duli.commerce.membership.models import Lot
from duli.commerce.referrals import selectors as referrals
from duli.platform.accounts.models import User
from duli.platform.accounts.permissions import allowed

MOST = 50


@dataclass(frozen=True, slots=True)
class Ledger:
    """One kind of ledger that was added up again; `wrong` are (label, address, what does not agree)."""

    title: str
    wrong: Sequence[tuple[str, str, str]]


def ledgers(user: User | AnonymousUser) -> list[Ledger]:
    """Add up again every ledger that somebody may see (some queries for each, whatever its length)."""
    found = []
    if allowed(user, "customers.view"):
        found += [Ledger(gettext("Points"), _points()), Ledger(gettext("Store credit"), _credit())]
    if allowed(user, "promotions.view"):
        found += [
            Ledger(gettext("Commissions and rewards"), _referrals()),
            Ledger(gettext("Flash sales"), _flash_sales()),
        ]
    return found


def _points() -> list[tuple[str, str, str]]:
    wrong = membership.differences()[:MOST]
    lots = [entry["lot"] for entry in wrong if "lot" in entry]
    of_lot = dict(Lot.objects.filter(pk__in=lots).values_list("pk", "customer_id"))
    ids = [entry["member"] if "member" in entry else of_lot.get(entry["lot"]) for entry in wrong]
    names = dict(Customer.objects.filter(pk__in=[pk for pk in ids if pk]).values_list("pk", "name"))
    told = pgettext("ledger", "kept: %(kept)s, by the entries: %(entries)s")
    return [
        (names.get(pk or 0) or f"#{pk}", reverse("backoffice:customer", args=[pk]), told % entry)
        for pk, entry in zip(ids, wrong, strict=True)
        if pk
    ]


def _credit() -> list[tuple[str, str, str]]:
    wrong = overdrawn()[:MOST]
    names = dict(Customer.objects.filter(pk__in=[pk for pk, _sum in wrong]).values_list("pk", "name"))
    language = get_language() or "en"
    return [
        (names.get(pk) or f"#{pk}", reverse("backoffice:customer", args=[pk]), sum_.format(language))
        for pk, sum_ in wrong
    ]


def _referrals() -> list[tuple[str, str, str]]:
    told = pgettext("ledger", "kept: %(kept)s, by the entries: %(entries)s")
    return [
        (
            f"#{row.order.number}",
            reverse("backoffice:order", args=[row.order_id]),
            told
            % {
                "kept": (row.earned_minor, row.paid_minor),
                "entries": (row.told_earned, row.told_paid),  # type: ignore[attr-defined]
            },
        )
        for row in referrals.differences()[:MOST]
    ]


def _flash_sales() -> list[tuple[str, str, str]]:
    words = {
        "ledger": gettext("What is left is not what the entries add up to."),
        "stock": gettext("Stock holds another number for it."),
        "oversold": gettext("More was ordered than set aside."),
        "orders": gettext("The orders say something else."),
    }
    return [
        (sale.name, reverse("backoffice:flash_sale", args=[sale.pk]), " ".join(words[problem] for problem in problems))
        for sale, problems in monitor.differences()[:MOST]
    ]
