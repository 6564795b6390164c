"""Gift cards: what their codes are, what can be said of them, and the errors. Codes are kept as hashes only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.crypto import salted_hmac

from duli.base.clock import now
from duli.base.errors import Conflict, DuliError, NotFound
from duli.base.ids import readable_code, short_code
from duli.base.money import Money
from duli.commerce.payments.models import GiftCard, GiftCardEntry, GiftCardLife
from duli.platform.store.lasting import lasting_secret
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


class GiftCardUsed(Conflict):
    """Something of a card was spent, so that its purchase cannot be taken back."""

    code = "gift_card_used"
    message = _("Only %(left)s of “%(title)s” can be taken back: the others have been spent, at least in part.")


class GiftCardFixed(Conflict):
    """Cards that are out stand for money: neither moved nor reduced with their line."""

    code = "gift_card_fixed"
    message = _("“%(title)s” is a gift card: it cannot be reduced in price, moved, or changed once it is out.")


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


@dataclass(frozen=True, slots=True)
class BoughtCard:
    """A card that an order bought. `code` is for the buyer's eyes, and empty where it is somebody else's card.

    `state` is as in `state_of`, or "withdrawn" where its purchase was refunded.
    """

    id: int
    line_id: int
    last4: str
    code: str
    value: Money
    balance: Money
    state: str
    expires_on: date | None
    recipient_name: str
    recipient_email: str
    deliver_on: date | None
    delivered_at: datetime | None
    is_gift: bool


def new_code() -> str:
    """Return a code of 79 random bits that people can read out, in groups of four."""
    return _grouped(short_code(_LENGTH))


def code_of(card: GiftCard) -> str:
    """Return the code of a card that was bought, "" of any other: those are known to nobody but their holder.

    It is not stored. It follows from the shop's lasting secret, the card and the number of its code, so that a buyer's
    page can show it again, and a job that ran twice sends the same one.
    """
    if not card.code_version:
        return ""
    digest = salted_hmac(
        "duli.gift_cards.bought", f"{card.pk}:{card.code_version}", secret=lasting_secret(), algorithm="sha256"
    ).digest()
    return _grouped(readable_code(digest, _LENGTH))


def _grouped(text: str) -> str:
    return "-".join(text[place : place + 4] for place in range(0, _LENGTH, 4)).upper()


def hash_code(code: str) -> str:
    """Return what is stored of a code; how it is written (case, gaps, hyphens) does not matter."""
    plain = "".join(sign for sign in code[:100].casefold() if sign.isalnum())
    return salted_hmac("duli.gift_cards", plain, secret=lasting_secret(), algorithm="sha256").hexdigest()


def today() -> date:
    return now().astimezone(ZoneInfo(current_store().time_zone)).date()


LONGEST_LIFE = 99
LEAST_YEARS: Mapping[str, int] = {
    "AT": 30,
    "AU": 3,
    "CA": LONGEST_LIFE,
    "CN": 3,
    "DE": 3,
    "IE": 5,
    "NZ": 3,
    "US": 5,
}
"""Years that a card must at least be good for where a shop sells to, as far as we know: a hint beside the setting.

Laws change, and states of a country may ask for more: without end is lawful everywhere, and what a shop begins with.
"""


def lives() -> dict[str, GiftCardLife]:
    """Return how long cards bought in each market can be spent; a market without a row has no end."""
    return {row.market_code: row for row in GiftCardLife.objects.all()}


def end_of_life(market_code: str, bought: date) -> date | None:
    """Return the last day on which a card bought that day can be spent; None: without end."""
    life = GiftCardLife.objects.filter(market_code=market_code).first()
    if life is None or not life.years:
        return None
    if life.to_year_end:
        return date(bought.year + life.years, 12, 31)
    try:
        return bought.replace(year=bought.year + life.years)
    except ValueError:
        return date(bought.year + life.years, 3, 1)


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


def source_key(line_id: int, number: int) -> str:
    """Return how a card is called by what bought it: the number-th unit of an order's line."""
    return f"line:{line_id}:{number}"


def cards_of_lines(units: Mapping[int, int]) -> dict[int, list[GiftCard]]:
    """Return the cards that lines of orders bought, in the order of their units (one query); `withdrawn` on each.

    `units` says how many each line is of.
    """
    if not units:
        return {}
    keys = [source_key(line_id, number) for line_id, count in units.items() for number in range(1, count + 1)]
    taken = GiftCardEntry.objects.filter(card=OuterRef("pk"), reason=GiftCardEntry.Reason.WITHDRAWN)
    found: dict[int, list[GiftCard]] = {line_id: [] for line_id in units}
    for card in GiftCard.objects.filter(source_key__in=keys).annotate(withdrawn=Exists(taken)):
        found[int((card.source_key or "").split(":")[1])].append(card)
    for rows in found.values():
        rows.sort(key=lambda card: int((card.source_key or "").split(":")[2]))
    return found


def bought_cards(units: Mapping[int, int], *, buyer_email: str) -> list[BoughtCard]:
    """Return what lines of an order bought, for its pages (one query). Codes are for the buyer only."""
    found = []
    for line_id, rows in cards_of_lines(units).items():
        for card in rows:
            is_gift = bool(card.recipient_email) and card.recipient_email.casefold() != buyer_email.casefold()
            found.append(
                BoughtCard(
                    id=card.pk,
                    line_id=line_id,
                    last4=card.last4,
                    code="" if is_gift else code_of(card),
                    value=Money(card.initial_minor, card.currency),
                    balance=Money(card.balance_minor, card.currency),
                    state="withdrawn" if card.withdrawn else state_of(card),  # type: ignore[attr-defined]
                    expires_on=card.expires_on,
                    recipient_name=card.recipient_name,
                    recipient_email=card.recipient_email,
                    deliver_on=card.deliver_on,
                    delivered_at=card.delivered_at,
                    is_gift=is_gift,
                )
            )
    return found


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


def due_cards(limit: int = 500) -> list[int]:
    """Return cards whose day has come and which nobody has yet, oldest first (one query)."""
    rows = cards(state="active").filter(deliver_on__lte=today(), delivered_at__isnull=True).exclude(recipient_email="")
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


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
