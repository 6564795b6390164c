"""What is left on a gift card, for whoever has its code; guessing is slowed down."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from duli.base.errors import DuliError, sentence
from duli.commerce.payments.gift_cards import CardView, card_view
from duli.platform.accounts.throttle import may_try
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.buying_drops import GiftCardDrop
from duli.web.storefront.render import page
from duli.web.storefront.when import written
from duli.web.storefront.where import Where, where


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Ask for the code, or say what is left; the code is posted, so that no address and no log ever holds it."""
    here = where(request)
    texts = theme_texts(here.language)
    code = request.POST.get("code", "")[:100] if request.method == "POST" else ""
    found, problem, status = None, "", 200
    if request.method == "POST":
        if not may_try(request, "gift_card", "code"):
            problem, status = texts("gift_card.too_often"), 429
        else:
            try:
                found = _drop(card_view(code), here)
            except DuliError as error:
                with override(here.language):
                    problem, status = sentence(error), error.status
    meta = seo.meta(here, "/gift-card", title=texts("gift_card.title"), robots="noindex")
    context = {"csrf": get_token(request), "problem": problem, "card": found, "code": "" if found else code}
    return page(request, "gift_card", meta, context, status=status)


def _drop(view: CardView, here: Where) -> GiftCardDrop:
    texts = theme_texts(here.language)
    until = texts("gift_card.until", when=view.expires_on.isoformat()) if view.expires_on else ""
    return GiftCardDrop(
        last4=view.last4,
        balance=view.balance.format(here.language),
        state=texts(f"gift_card.{view.state}"),
        expires=until or texts("gift_card.no_end"),
        entries=tuple(
            (written(moment, here, with_time=False), texts(f"gift_card.{reason}"), amount.format(here.language))
            for moment, reason, amount in view.entries
        ),
    )
