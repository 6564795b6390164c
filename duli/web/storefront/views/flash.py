"""Flash sales: the page of those that run and will, what is left, and the waiting room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from duli.base.clock import now
from duli.base.errors import DuliError, NotFound, sentence
from duli.base.money import Money
from duli.base.text import cldr_locale
from duli.commerce.flash_sales import services
from duli.commerce.flash_sales.board import board
from duli.commerce.flash_sales.models import FlashSale
from duli.commerce.flash_sales.selectors import TOPIC, goods_of, left_of, listed, next_turn, planned, topic_of
from duli.commerce.flash_sales.services.waiting import OPENS_BEFORE, PROOF_BITS
from duli.commerce.flash_sales.states import COMING, DRAFT, ENDED, state_of
from duli.commerce.flash_sales.types import AskedTooOften, Place, Running, TicketUnknown
from duli.platform.accounts.throttle import may_try
from duli.platform.store.selectors import current_store
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.cards import card_drops
from duli.web.storefront.drops import FlashSaleDrop, LineDrop, LinkDrop
from duli.web.storefront.flash import ticket_name
from duli.web.storefront.guard import from_this_site, same_site_only
from duli.web.storefront.page_cache import topics
from duli.web.storefront.render import page
from duli.web.storefront.shell import TOPICS
from duli.web.storefront.where import Where, language_of, where

TICKET_SECONDS = 8 * 24 * 3600
# No form is written like this: where these stand in a page that is kept, each visitor's own go.
_FORM, _CHALLENGE = b"~the-form-of-this-line~", b"~the-challenge-of-this-line~"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All sales that run or are announced, each with its goods and its clock."""
    here = where(request)
    instant = now()
    found = listed(instant)
    meta = seo.meta(here, "/flash-sales", title=theme_texts(here.language)("flash.title"))
    sales = [_sale_drop(items, here, instant) for items in found]
    kept = topics(
        TOPICS,
        ("catalogue", "prices", TOPIC),
        (topic_of(items[0].sale_id) for items in found),
        until=next_turn(instant),
    )
    return page(request, "flash_sales", meta, {"sales": [sale for sale in sales if sale.cards]}, topics=kept)


def _sale_drop(items: tuple[Running, ...], here: Where, instant: datetime) -> FlashSaleDrop:
    texts = theme_texts(here.language)
    first = items[0]
    runs = first.runs(instant)
    moment = first.ends_at if runs else first.starts_at
    cards = card_drops(list(dict.fromkeys(item.product_id for item in items)), here)
    prices = []
    for card in cards:
        amounts = [item.amounts.get(here.currency) for item in items if item.product_id == card.id]
        known = [minor for minor in amounts if minor]
        announced = known and not runs
        prices.append(texts("flash.price", price=here.money(Money(min(known), here.currency))) if announced else "")
    opens = runs or instant >= first.starts_at - OPENS_BEFORE
    return FlashSaleDrop(
        title=first.title(here.language),
        when=texts("flash.runs_until" if runs else "flash.begins", when=_when(moment, here)),
        ends_ms=int(moment.timestamp() * 1000),
        words=texts("flash.left" if runs else "flash.begins_in"),
        is_running=runs,
        cards=cards,
        prices=tuple(prices),
        line_url=here.url(f"/flash-sales/{first.sale_id}/line") if first.waiting_room and opens else "",
        anchor=f"sale-{first.sale_id}",
    )


def _when(moment: datetime, here: Where) -> str:
    there = moment.astimezone(ZoneInfo(current_store().time_zone))
    return format_datetime(there, "short", locale=cldr_locale(here.language))


@require_safe
def state(request: HttpRequest, sale_id: int) -> HttpResponse:
    """What is left by variant, at most a second old: small, the same for everybody, and without a query mostly."""
    entries = [entry for found in planned().values() for entry in found if entry.sale_id == sale_id]
    left = left_of(sale_id) if entries else {}
    response = JsonResponse({"left": {str(entry.variant_id): left.get(entry.item_id, 0) for entry in entries}})
    response.headers["Cache-Control"] = "public, max-age=1"
    return response


@require_safe
def line(request: HttpRequest, sale_id: int) -> HttpResponse:
    """One's place in the line, or the way into it. Works without a script: the page looks again by itself."""
    return _line_page(request, sale_id)


def _line_page(request: HttpRequest, sale_id: int, *, problem: str = "", status: int = 200) -> HttpResponse:
    here = where(request)
    sale = _sale(sale_id)
    place = _place(request, sale_id)
    drop = _line_drop(sale, place, here, problem)
    meta = seo.meta(
        here, f"/flash-sales/{sale_id}/line", title=theme_texts(here.language)("flash.title"), robots="noindex"
    )
    kept = None
    if place is None and status == 200:
        # The same for everybody who comes, but for the form: that is put in when the page is sent.
        kept = topics(
            TOPICS,
            (TOPIC, topic_of(sale_id)),
            until=next_turn(now(), opening=OPENS_BEFORE),
            fill=partial(_with_form, sale_id),
        )
    response = page(request, "flash_line", meta, {"place": drop}, topics=kept, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _with_form(sale_id: int, body: bytes) -> bytes:
    """Return the page of a line with a form of its own in it."""
    if _FORM not in body:
        return body
    form, challenge = services.form_for(sale_id)
    return body.replace(_FORM, form.encode()).replace(_CHALLENGE, challenge.encode())


def _sale(sale_id: int) -> FlashSale:
    seen = board(sale_id, now())
    if seen is None or not seen.sale.waiting_room or not seen.sale.is_planned:
        raise Http404
    return seen.sale


def _place(request: HttpRequest, sale_id: int) -> Place | None:
    ticket = request.COOKIES.get(ticket_name(sale_id), "")[:300]
    try:
        return services.place_of(sale_id=sale_id, ticket=ticket) if ticket else None
    except TicketUnknown:
        return None


def _line_drop(sale: FlashSale, place: Place | None, here: Where, problem: str) -> LineDrop:
    texts = theme_texts(here.language)
    instant = now()
    found = state_of(sale, instant)
    name = place.state if place is not None else "join"
    if place is None and found == COMING and instant < sale.starts_at - OPENS_BEFORE:
        name = "closed"
    if found in {ENDED, DRAFT}:
        name = "ended"
    more = texts(f"flash.{name}_more", minutes=sale.admission_minutes, when=_when(sale.starts_at, here))
    ends, words_left = 0, ""
    if name == "waiting" and place is not None:
        more = _more(place, here.language)
    if found == COMING:
        ends, words_left = int(sale.starts_at.timestamp() * 1000), texts("flash.begins_in")
    elif place is not None and place.until is not None and name == "admitted":
        ends, words_left = int(place.until.timestamp() * 1000), texts("flash.turn_left")
    form, challenge = services.form_for(sale.pk) if name in {"join", "over", "used"} else ("", "")
    if form and place is None and not problem:
        form, challenge = _FORM.decode(), _CHALLENGE.decode()
    return LineDrop(
        title=sale.titles.get(here.language) or sale.name,
        state=name,
        words=_words(name, place, here.language),
        more=more,
        ends_ms=ends,
        ends_words=words_left,
        join_url=here.url(f"/flash-sales/{sale.pk}/line/join"),
        turn_url=here.url(f"/flash-sales/{sale.pk}/line/turn"),
        form=form,
        challenge=challenge,
        bits=PROOF_BITS,
        seconds=place.seconds if place is not None and name == "waiting" else 0,
        goods=_goods(sale, here) if name == "admitted" else (),
        problem=problem,
    )


def _words(name: str, place: Place | None, language: str) -> str:
    texts = theme_texts(language)
    if name == "waiting" and place is not None:
        return texts("flash.waiting_words", count=place.ahead) if place.ahead else texts("flash.waiting_next")
    return texts(f"flash.{name}_words")


def _more(place: Place, language: str) -> str:
    """Return what somebody who waits is told below the number of those before."""
    name = "waiting_early" if place.is_early else "waiting_empty" if place.is_empty else "waiting_more"
    return theme_texts(language)(f"flash.{name}", number=place.number)


def _goods(sale: FlashSale, here: Where) -> tuple[LinkDrop, ...]:
    goods = goods_of(sale.pk)
    cards = {card.id: card for card in card_drops(list(goods), here)}
    return tuple(
        LinkDrop(cards[pk].title, here.url(f"/products/{handle}?variant={variant_id}"))
        for pk, (handle, variant_id) in goods.items()
        if pk in cards
    )


@same_site_only
@require_POST
def join(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Take a place at the end of the line."""
    here = where(request)
    try:
        ticket = _joined(request, sale_id)
    except NotFound:
        raise Http404 from None
    except DuliError as error:
        with override(here.language):
            return _line_page(request, sale_id, problem=sentence(error), status=error.status)
    response = HttpResponseRedirect(here.url(f"/flash-sales/{sale_id}/line"), status=303)
    return _keeping(response, sale_id, ticket)


def _joined(request: HttpRequest, sale_id: int) -> str:
    if not may_try(request, "flash_line", str(sale_id)):
        raise AskedTooOften()
    return services.join(
        sale_id=sale_id, form=request.POST.get("form", "")[:500], proof=request.POST.get("proof", "")[:30]
    )


def _keeping(response: HttpResponse, sale_id: int, ticket: str) -> HttpResponse:
    secure = bool(settings.SESSION_COOKIE_SECURE)
    response.set_cookie(
        ticket_name(sale_id), ticket, max_age=TICKET_SECONDS, httponly=True, samesite="Lax", secure=secure
    )
    return response


def _join_in_passing(request: HttpRequest, sale_id: int) -> HttpResponse | None:
    """Answer a script that takes a place and stays on its page; forms that are sent as such get a page."""
    if request.method != "POST" or "application/json" not in request.headers.get("Accept", ""):
        return None
    if not from_this_site(request):
        return HttpResponse(status=403)
    try:
        ticket = _joined(request, sale_id)
        place = services.place_of(sale_id=sale_id, ticket=ticket)
    except DuliError as error:
        return JsonResponse({"problem": sentence(error)}, status=error.status)
    return _keeping(_told(request, place), sale_id, ticket)


@require_safe
def turn(request: HttpRequest, sale_id: int) -> HttpResponse:
    """One's place in few bytes, for the page that waits."""
    return _told(request, _place(request, sale_id))


def _told(request: HttpRequest, place: Place | None) -> HttpResponse:
    language = language_of(request)
    name = place.state if place is not None else "join"
    answer: dict[str, object] = {"state": name, "words": _words(name, place, language), "seconds": 0}
    if place is not None and name == "waiting":
        answer["seconds"] = place.seconds
        answer["more"] = _more(place, language)
    response = JsonResponse(answer, json_dumps_params={"ensure_ascii": False})
    response.headers["Cache-Control"] = "no-store"
    return response


IN_PASSING: dict[str, Callable[[HttpRequest, int], HttpResponse | None]] = {
    "line/join": _join_in_passing,
    "line/turn": turn,
    "state": state,
}
"""What a crowd asks so often that sessions, users and the search for the view are passed by."""
