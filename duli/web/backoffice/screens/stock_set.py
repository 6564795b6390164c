"""Counts typed into the list of stock: all that were typed since the last time, in one request."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext

from duli.base.errors import DuliError, InvalidInput, NotFound, sentence
from duli.commerce.inventory.services import adjust_cells
from duli.commerce.inventory.types import CellCount
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import go_to, is_partial
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.screens.stock import BY_HAND
from duli.web.backoffice.screens.stock_cells import CountInput, Free
from duli.web.backoffice.selectors import stock as reads

MOST = 500
Place = tuple[int, int]
_NAME = re.compile(r"counted-(\d{1,18})-(\d{1,18})")
_UNITS = re.compile(r"\d{1,8}", re.ASCII)


@screen("inventory.view", write="inventory.adjust", methods=("POST",))
def stock_set(request: HttpRequest) -> HttpResponse:
    """Take the counts that differ from what the page showed; answer with the numbers of their rows.

    A count that is refused does not keep the others from being saved; its row says why.
    """
    typed, cells, errors = _read(request)
    reason, actor = request.POST.get("reason", "")[:20], actor_of(request)
    if cells and reason in {entry.value for entry in BY_HAND}:
        errors |= _write(cells, reason, actor)
    else:
        errors |= dict.fromkeys(cells, sentence(InvalidInput(field="reason")))
    status = 422 if errors else 200
    if not is_partial(request):
        if errors:
            toast(request, next(iter(errors.values())))
        return go_to(request, reverse("backoffice:stock"))
    rows = reads.stock_rows(list(typed))
    if not rows and typed:
        raise NotFound()
    found = [
        (
            CountInput(row, errors.get(place, ""), typed[place] if place in errors else "", swapped=True).html(),
            Free(row, swapped=True).html(),
        )
        for place, row in rows.items()
    ]
    return HttpResponse(format_html_join("", "{}{}", found), status=status)


def _read(request: HttpRequest) -> tuple[dict[Place, str], dict[Place, CellCount], dict[Place, str]]:
    """Return what was typed where it differs from what was shown, the counts among it, and what is none."""
    typed: dict[Place, str] = {}
    cells: dict[Place, CellCount] = {}
    errors: dict[Place, str] = {}
    for name, value in request.POST.items():
        found = _NAME.fullmatch(name)
        if found is None or len(typed) == MOST:
            continue
        place = (int(found[1]), int(found[2]))
        seen = request.POST.get(f"seen-{place[0]}-{place[1]}", "")
        text = str(value).strip()[:9]
        if text == seen:
            continue
        typed[place] = text
        if _UNITS.fullmatch(text) and re.fullmatch(r"\d{1,10}", seen, re.ASCII):
            cells[place] = CellCount(*place, int(text), int(seen))
        else:
            errors[place] = gettext("Enter a whole number.")
    return typed, cells, errors


def _write(cells: dict[Place, CellCount], reason: str, actor: str) -> dict[Place, str]:
    """Save all counts at once; if one of them is refused, each by itself. Return the errors."""
    try:
        adjust_cells(cells=list(cells.values()), reason=reason, actor=actor)
    except DuliError as problem:
        if len(cells) == 1:
            return {next(iter(cells)): sentence(problem)}
        errors: dict[Place, str] = {}
        for place, cell in cells.items():
            errors |= _write({place: cell}, reason, actor)
        return errors
    return {}
