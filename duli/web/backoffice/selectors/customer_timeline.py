"""Everything that happened with a customer, in one line of time: orders, payments, mails, notes, consent, account."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language, gettext

from duli.base.money import format_money
from duli.base.text import mask_email, mask_phone
from duli.commerce.customers.models import Channel, Customer, CustomerNote
from duli.commerce.membership.models import TierChange
from duli.commerce.orders.models import Order
from duli.commerce.orders.types import TimelineEntry
from duli.platform.events.models import Event
from duli.platform.mail.models import Mail
from duli.platform.mail.states import MailState
from duli.web.backoffice.kit.words import listed
from duli.web.backoffice.order_words import HistoryLine, history_line
from duli.web.backoffice.selectors.people import actor_names

PAGE = 30
MOST_ORDERS = 300
KINDS = ("orders", "messages", "notes", "consent", "account")
_PREFIXES = {
    "orders": ("orders.", "payments.", "returns."),
    "notes": ("customers.noted",),
    "consent": ("customers.consent",),
    "account": (
        "customers.changed",
        "customers.merged",
        "customers.exported",
        "customers.erased",
        "accounts.",
        "membership.",
        "referrals.",
    ),
}


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One line: the words, and the order it belongs to, if any."""

    line: HistoryLine
    order_id: int | None
    number: str


def timeline_page(
    customer: Customer,
    *,
    kind: str = "",
    after: str = "",
    limit: int = PAGE,
    with_orders: bool = True,
    whole: bool = True,
) -> tuple[list[TimelineLine], str]:
    """Return one page of what happened, the latest first, and the next cursor (six queries).

    Of a customer with hundreds of orders the latest 300 are told.
    """
    own_orders = Order.objects.filter(customer=customer) if with_orders else Order.objects.none()
    orders = dict(own_orders.order_by("-placed_at").values_list("pk", "number")[:MOST_ORDERS])
    ids = [customer.pk, *customer.aliases.values_list("pk", flat=True)]  # type: ignore[attr-defined]
    references = [f"order:{pk}" for pk in orders] + [f"customer:{pk}" for pk in ids]
    if customer.user_id:
        references.append(f"user:{customer.user_id}")
    before = _decode(after)
    events = _events(references, kind, before, limit) if kind != "messages" else []
    mails = _mails(customer, references, before, limit) if kind in {"", "messages"} else []
    found: list[tuple[datetime, int, int, Event | Mail]] = sorted(
        [
            *((row.happened_at, 1, row.pk, row) for row in events),
            *((row.created_at, 0, row.pk, row) for row in mails),
        ],
        key=lambda entry: entry[:3],
        reverse=True,
    )
    page = found[:limit]
    lines = _lines([entry[3] for entry in page], orders, whole)
    more = len(found) > limit
    return lines, _encode(*page[-1][:3]) if more else ""


def _events(references: Sequence[str], kind: str, before: tuple[datetime, int, int] | None, limit: int) -> list[Event]:
    rows = Event.objects.filter(reference__in=references).exclude(name__startswith="mail.")
    if kind:
        wanted = Q()
        for prefix in _PREFIXES[kind]:
            wanted |= Q(name__startswith=prefix)
        rows = rows.filter(wanted)
    if before:
        moment, rank, pk = before
        same = Q(happened_at=moment, pk__lt=pk) if rank == 1 else Q(pk__in=[])
        rows = rows.filter(Q(happened_at__lt=moment) | same)
    return list(rows.order_by("-happened_at", "-pk")[: limit + 1])


def _mails(
    customer: Customer, references: Sequence[str], before: tuple[datetime, int, int] | None, limit: int
) -> list[Mail]:
    rows = Mail.objects.filter(reference__in=references).defer("html", "text")
    if before:
        moment, rank, pk = before
        same = Q(created_at=moment) if rank == 1 else Q(created_at=moment, pk__lt=pk)
        rows = rows.filter(Q(created_at__lt=moment) | same)
    return list(rows.order_by("-created_at", "-pk")[: limit + 1])


def _lines(rows: Sequence[Event | Mail], orders: dict[int, str | None], whole: bool) -> list[TimelineLine]:
    names = actor_names(row.actor for row in rows if isinstance(row, Event))
    note_ids = [row.data.get("note_id") for row in rows if isinstance(row, Event) and row.name == "customers.noted"]
    notes = CustomerNote.objects.in_bulk([pk for pk in note_ids if pk])
    result = []
    for row in rows:
        kind, _, key = row.reference.partition(":")
        order_id = int(key) if kind == "order" and key.isdigit() else None
        line = (
            _mail_line(row, whole)
            if isinstance(row, Mail)
            else _event_line(row, names.get(row.actor, row.actor), notes)
        )
        if line is not None:
            result.append(TimelineLine(line, order_id, (orders.get(order_id) or "") if order_id else ""))
    return result


def _mail_line(mail: Mail, whole: bool) -> HistoryLine:
    words = gettext("Message “%(subject)s” to %(to)s: %(state)s") % {
        "subject": mail.subject or mail.template,
        "to": mail.to if whole else mask_email(mail.to) or mask_phone(mail.to),
        "state": MailState(mail.state).label,
    }
    look = "bad" if mail.state == MailState.FAILED else ""
    return HistoryLine(words, "", mail.created_at, "", look, mail.pk)


_FIELD_WORDS = {
    "name": lambda: gettext("name"),
    "email": lambda: gettext("e-mail"),
    "phone": lambda: gettext("phone"),
    "language": lambda: gettext("language"),
    "tags": lambda: gettext("tags"),
    "addresses": lambda: gettext("addresses"),
}


def _event_line(event: Event, actor: str, notes: dict[int, CustomerNote]) -> HistoryLine | None:
    data, said, look = event.data, "", ""
    match event.name:
        case "customers.noted":
            note = notes.get(data.get("note_id") or 0)
            words, said = gettext("Note"), note.text if note else ""
        case "customers.consent":
            channel = data.get("channel", "")
            label = Channel(channel).label if channel in Channel.values else channel
            words = (
                gettext("Agreed to advertising: %(channel)s")
                if data.get("given")
                else gettext("Wants no more advertising: %(channel)s")
            ) % {"channel": label}
            look = "key"
        case "customers.changed":
            fields = listed(_FIELD_WORDS[name]() for name in data.get("fields", ()) if name in _FIELD_WORDS)
            words = gettext("Changed: %(fields)s") % {"fields": fields}
            if data.get("is_new"):
                words, look = gettext("Customer entered"), "key"
        case "customers.merged":
            words, look = gettext("Merged with another customer"), "key"
        case "customers.exported":
            words = gettext("Data exported")
        case "customers.erased":
            words, look = gettext("Person erased"), "bad"
        case "membership.tier_changed":
            reasons = dict(TierChange.Reason.choices)
            words, look = gettext("Tier: %(before)s → %(after)s"), "key"
            words = words % {"before": data.get("before") or "—", "after": data.get("after") or "—"}
            said = str(reasons.get(data.get("reason", ""), ""))
        case "membership.points_adjusted":
            points = data.get("points", 0)
            words = gettext("Points changed: %(points)s") % {"points": f"{points:+,}".replace("-", "−")}
            said = data.get("note", "")
        case "membership.points_ending":
            words = gettext("Told that %(points)s points run out soon") % {"points": f"{data.get('points', 0):,}"}
        case "referrals.rewarded":
            words, look = gettext("Thanked for a recommendation"), "key"
            said = _amount(data) if data.get("minor") else ""
        case "referrals.partner_accepted":
            words, look = gettext("Accepted as a partner"), "key"
        case "referrals.commission_approved":
            words, said = gettext("Commission approved"), _amount(data)
        case "referrals.commission_paid":
            words, said = gettext("Commission paid out"), _amount(data)
        case "accounts.address_proved":
            words = gettext("Address of the account confirmed")
        case _:
            return history_line(TimelineEntry(event.pk, event.name, data, event.actor, event.happened_at), actor)
    return HistoryLine(words, actor, event.happened_at, said, look)


def _amount(data: dict[str, Any]) -> str:
    return format_money(int(data.get("minor", 0)), str(data.get("currency", "")), get_language() or "en")


def _encode(moment: datetime, rank: int, pk: int) -> str:
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{rank}|{pk}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, int, int] | None:
    try:
        moment, rank, pk = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
        parsed = datetime.fromisoformat(moment)
        number = int(pk)
        return (parsed, int(rank), number) if parsed.tzinfo and 0 <= number < 2**63 else None
    except (ValueError, binascii.Error):
        return None
