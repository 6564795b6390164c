"""What a product was before: its revisions, what changed from one to the next, and the way back."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.revisions import selectors as revisions
from duli.commerce.revisions.models import ChangeKind
from duli.commerce.revisions.services import restore_revision
from duli.commerce.revisions.types import RevisionGone
from duli.platform.accounts.limits import sees
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.product_changes import changes_of
from duli.web.backoffice.screens.changes import note_words
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.selectors.product_page import titles
from duli.web.backoffice.shell import render


def _title(product_id: int) -> str:
    found = titles([product_id]).get(product_id)
    if found is None:
        raise NotFound()
    return found


@screen("catalogue.view", methods=("GET", "HEAD"))
def product_history(request: HttpRequest, product_id: int) -> HttpResponse:
    """Every revision, newest first."""
    rows = revisions.history(product_id)
    names = actor_names({row.actor for row in rows})
    context = {
        "here": "products.all",
        "product_id": product_id,
        "title": _title(product_id),
        "rows": [
            (
                row,
                ChangeKind(row.kind).label if row.kind else _("As it was found"),
                note_words(row) if row.kind != ChangeKind.RESTORE else "",
                names.get(row.actor, ""),
            )
            for row in rows
        ],
        "newest": rows[0].number if rows else 0,
    }
    return render(request, "backoffice/products/history.html", context)


@screen("catalogue.view", methods=("GET", "HEAD"))
def product_revision(request: HttpRequest, product_id: int, number: int) -> HttpResponse:
    """What one revision changed, or how it differs from what the product is now (``?with=now``)."""
    with_now = request.GET.get("with") == "now"
    known = {row.number for row in revisions.history(product_id)}
    if number not in known:
        raise RevisionGone()
    if with_now or number - 1 not in known:
        differences = revisions.comparison(product_id, first=number) if with_now else []
    else:
        differences = revisions.comparison(product_id, first=number - 1, last=number)
    context = {
        "here": "products.all",
        "product_id": product_id,
        "title": _title(product_id),
        "number": number,
        "with_now": with_now,
        "is_first": number - 1 not in known,
        "changes": changes_of(differences, sees_cost=sees(request.user, "cost")),
        # The newest is what the product is, unless something passed the history by: there is nothing to go back to.
        "may_restore": allowed(request.user, "catalogue.edit")
        and (number != max(known) or bool(with_now and differences)),
    }
    return render(request, "backoffice/products/revision.html", context)


@screen("catalogue.view", write="catalogue.edit")
def product_restore(request: HttpRequest, product_id: int, number: int) -> HttpResponse:
    """Make the product what it was in a revision."""
    require(request.user, "catalogue.edit")
    title = _title(product_id)
    dialog = Dialog(
        title=gettext("Restore version %(number)s of “%(title)s”?") % {"number": number, "title": title},
        consequence=_(
            "Words, pictures, variants and prices become what they were. What is there now stays in the history. "
            "Stock is not touched: the ledger keeps the counts."
        ),
        submit=_("Restore"),
        back=reverse("backoffice:product", args=[product_id]),
    )

    def act(values: dict[str, object]) -> Done:
        restore_revision(product_id=product_id, number=number, actor=actor_of(request))
        return Done(gettext("Version %(number)s is back") % {"number": number})

    return run_verb(request, dialog, forms.Form(request.POST if request.method == "POST" else None), act)
