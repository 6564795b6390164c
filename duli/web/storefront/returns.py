"""From orders and posts to the drops of sending back and withdrawing."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import override

from duli.commerce.orders.models import Order
from duli.commerce.orders.return_reasons import offered
from duli.commerce.orders.return_terms import policy, return_terms, withdrawal_terms
from duli.commerce.orders.selectors import returns_of
from duli.commerce.orders.services.address import may_change, sent_to
from duli.commerce.orders.services.labels import return_reference
from duli.commerce.orders.types import ReturnTerms, ReturnWish
from duli.commerce.shipping.labels import labels_of
from duli.platform.media.types import from_json
from duli.web.storefront.pictures import image_drop
from duli.web.storefront.return_drops import ActionsDrop, BackDrop, BackLineDrop, ReturnDrop
from duli.web.storefront.where import Where

MOST_UNITS = 1_000_000


def units_of(text: str) -> int:
    """Return a number of units as it was posted; anything that is none counts as nothing."""
    return min(int(text), MOST_UNITS) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def wishes(terms: ReturnTerms, posted: Mapping[str, str]) -> list[ReturnWish]:
    return [
        ReturnWish(
            line.line_id, units_of(posted.get(f"units-{line.line_id}", "")), posted.get(f"reason-{line.line_id}", "")
        )
        for line in terms.lines
    ]


def back_drop(
    order: Order,
    here: Where,
    terms: ReturnTerms,
    *,
    kind: str,
    stage: str,
    url: str,
    back: str,
    csrf: str,
    key: str,
    posted: Mapping[str, str],
    error: str = "",
    name: str = "",
    email: str = "",
) -> BackDrop:
    from duli.web.storefront.when import written

    return BackDrop(
        kind=kind,
        stage=stage,
        url=url,
        back=back,
        order_number=order.number or "",
        lines=tuple(
            BackLineDrop(
                id=line.line_id,
                title=line.title,
                variant=line.variant_title,
                image=image_drop(view, line.title) if (view := from_json(line.image)) else None,
                units=line.units,
                chosen=units_of(posted.get(f"units-{line.line_id}", "")),
                reason=posted.get(f"reason-{line.line_id}", ""),
            )
            for line in terms.lines
        ),
        reasons=tuple(offered(here.language)),
        name=posted.get("name", name)[:120],
        email=posted.get("email", email)[:254],
        note=posted.get("note", "")[:2000],
        deadline=written(terms.ends_at, here, with_time=False) if terms.ends_at else "",
        error=error,
        csrf=csrf,
        key=key,
    )


def return_drops(order: Order, here: Where) -> tuple[ReturnDrop, ...]:
    from duli.web.storefront.when import written

    found = []
    rows = returns_of(order.pk)
    names = {return_reference(row.pk): row.pk for row in rows}
    printable = {names[entry.parcel] for entry in labels_of(list(names)) if entry.may_be_printed} if names else set()
    with override(here.language):
        for row in rows:
            found.append(
                ReturnDrop(
                    number=row.number or "",
                    kind=str(row.get_kind_display()),
                    state=str(row.get_state_display()),
                    requested=written(row.requested_at, here),
                    answer=row.answer,
                    lines=tuple((line.order_line.title, line.quantity) for line in row.lines.all()),
                    label=here.url(f"/orders/{order.token}/return/{row.pk}/label") if row.pk in printable else "",
                )
            )
    return tuple(found)


def actions_drop(order: Order, here: Where) -> ActionsDrop:
    """Return what may be done now, by the merchant's policy and the law."""
    from duli.web.storefront.when import written

    rules = policy()
    url = here.url(f"/orders/{order.token}")
    changeable = may_change(order)
    withdrawal = withdrawal_terms(order)
    return ActionsDrop(
        cancel=f"{url}/cancel" if changeable and rules.may_cancel else "",
        address=f"{url}/address" if changeable and rules.may_change_address and sent_to(order) else "",
        send_back=f"{url}/return" if return_terms(order).is_possible else "",
        withdraw=f"{url}/withdraw" if withdrawal.is_possible else "",
        withdraw_until=written(withdrawal.ends_at, here, with_time=False) if withdrawal.ends_at else "",
    )
