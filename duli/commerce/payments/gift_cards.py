"""Gift cards: what their codes are, what can be said of them, and the errors. Codes are kept as hashes only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum
from django.utils.crypto import salted_hmac

from duli.base.clock import now
from duli.base.errors import Conflict, DuliError, NotFound
from duli.base.ids import short_code
from duli.base.money import Money
from duli.commerce.payments.models import GiftCard, GiftCardEntry
from duli.platform.store.selectors import current_store

GIFT_CARD = "gift_card"
"""The gateway's place in attempts and events that a gift card paid; there is no plugin of this name."""
_LENGTH = 16


def _(message: str) -> str:
    return message


class GiftCardUnknown(DuliError):
    """No card has this code, or it may not be spent; which of the two is nobody's business who guesses."""

    code = "gift_card_unknown"
    message = _("This gift card code is not valid. Check it letter by letter.")
    status = 404


class GiftCardEmpty(Conflict):
    code = "gift_card_empty"
    message = _("Nothing is left on this gift card.")


class GiftCardCurrency(Conflict):
    """The card is in another currency than what is to be paid."""

    code = "gift_card_currency"
    message = _("This gift card is in %(currency)s and cannot pay an order in %(wanted)s.")


class GiftCardOver(Conflict):
    """Whoever holds the code may know why it is refused."""

    code = "gift_card_over"
    message = _("This gift card ran out or was blocked. Please write to the shop.")


class GiftCardSpent(Conflict):
    """Less is left of a card than was shown: it was spent somewhere else meanwhile."""

    code = "gift_card_spent"
    message = _("Less is left on your gift card than was shown. Please check the total and order again.")


@dataclass(frozen=True, slots=True)
class CardUse:
    """What a card pays of a total."""

    id: int
    last4: str
    amount: Money


@dataclass(frozen=True, slots=True)
class CardView:
    """A card as its holder sees it."""

    last4: str
    balance: Money
    expires_on: date | None
    state: str
    entries: tuple[tuple[datetime, str, Money], ...] = ()


def new_code() -> str:
    """Return a code of 79 random bits that people can read out, in groups of four."""
    text = short_code(_LENGTH).upper()
    return "-".join(text[place : place + 4] for place in range(0, _LENGTH, 4))


def hash_code(code: str) -> str:
    """Return what is stored of a code; how it is written (case, gaps, hyphens) does not matter."""
    plain = "".join(sign for sign in code[:100].casefold() if sign.isalnum())
    return salted_hmac("duli.gift_cards", plain, algorithm="sha256").hexdigest()


def today() -> date:
    return now().astimezone(ZoneInfo(current_store().time_zone)).date()


def state_of(card: GiftCard) -> str:
    """Return "disabled", "expired", "used" or "active"."""
    if card.disabled_at is not None:
        return "disabled"
    if card.expires_on is not None and card.expires_on < today():
        return "expired"
    return "active" if card.balance_minor else "used"


def card_by_code(code: str) -> GiftCard:
    """Return the card with this code. GiftCardUnknown."""
    found = GiftCard.objects.filter(code_hash=hash_code(code)).first() if code.strip() else None
    if found is None:
        raise GiftCardUnknown(field="gift_card")
    return found


def card_view(code: str) -> CardView:
    """Return what the holder of a code may know: balance, end, and where it went. GiftCardUnknown."""
    card = card_by_code(code)
    rows = GiftCardEntry.objects.filter(card=card).order_by("-pk")[:50]
    return CardView(
        last4=card.last4,
        balance=Money(card.balance_minor, card.currency),
        expires_on=card.expires_on,
        state=state_of(card),
        entries=tuple((row.created_at, row.reason, Money(row.amount_minor, card.currency)) for row in rows),
    )


def uses(card_ids: Iterable[int], total: Money) -> list[CardUse]:
    """Return what cards would pay of `total`, one after the other; those that cannot are left out (one query)."""
    ids = list(card_ids)
    cards = GiftCard.objects.in_bulk(ids) if ids else {}
    left = total.minor
    found = []
    for pk in ids:
        card = cards.get(pk)
        if card is None or card.currency != total.currency or state_of(card) != "active" or not left:
            continue
        take = min(card.balance_minor, left)
        left -= take
        found.append(CardUse(card.pk, card.last4, Money(take, total.currency)))
    return found


def paid_by_cards(reference: str) -> list[CardUse]:
    """Return what cards paid for a reference, less what went back to them (one query)."""
    rows = (
        GiftCardEntry.objects.filter(
            reference=reference, reason__in=[GiftCardEntry.Reason.SPENT, GiftCardEntry.Reason.RETURNED]
        )
        .order_by("card_id")
        .values_list("card_id", "card__last4", "card__currency")
        .annotate(total=Sum("amount_minor"))
    )
    return [CardUse(pk, last4, Money(-minor, currency)) for pk, last4, currency, minor in rows if minor < 0]


def cards(query: str = "", state: str = "") -> QuerySet[GiftCard]:
    """Return cards for a list, newest first; `query` is the end of a code, an address, a name or an order."""
    rows = GiftCard.objects.order_by("-pk")
    text = query.strip()[:100]
    if text:
        rows = rows.filter(
            Q(last4__iexact=text.replace("-", "")[-4:])
            | Q(recipient_email__istartswith=text)
            | Q(recipient_name__icontains=text)
            | Q(reference=text)
        )
    day = today()
    if state == "active":
        rows = rows.filter(disabled_at__isnull=True, balance_minor__gt=0).exclude(expires_on__lt=day)
    elif state == "used":
        rows = rows.filter(balance_minor=0)
    elif state == "expired":
        rows = rows.filter(expires_on__lt=day)
    elif state == "disabled":
        rows = rows.filter(disabled_at__isnull=False)
    return rows


def card_by_id(card_id: int) -> GiftCard:
    """Return a card. NotFound."""
    found = GiftCard.objects.filter(pk=card_id).first()
    if found is None:
        raise NotFound()
    return found


def wrong_balances(limit: int = 100) -> list[int]:
    """Return cards whose stored balance is not the sum of their entries; there should never be one."""
    from django.db.models import F, Value
    from django.db.models.functions import Coalesce

    rows = GiftCard.objects.annotate(derived=Coalesce(Sum("entries__amount_minor"), Value(0)))
    return list(rows.exclude(balance_minor=F("derived")).values_list("pk", flat=True)[:limit])
