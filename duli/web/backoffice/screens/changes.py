"""Change sets: what one act changed in many products, and taking it back as one."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.revisions import selectors as revisions
from duli.commerce.revisions.models import ChangeKind, ChangeSet
from duli.commerce.revisions.selectors import ChangedProduct, ChangeSetView, RevisionView
from duli.commerce.revisions.services import start_undo, undo_change_set
from duli.platform.accounts.limits import sees
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Link, Number, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.product_changes import changes_of, words_for
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.selectors.product_changes import names_for
from duli.web.backoffice.shell import render

VIEWS = (
    View("all", _("All")),
    View("bulk", _("Bulk edits")),
    View("import", _("Imports")),
    View("undo", _("Taken back")),
)
# Taking back more than this is left to a job; its page shows how far it is.
MOST_AT_ONCE = 100
PRODUCTS = 30
MOST_FIELDS = 40
"""Products on a page, and changed fields of each: a sheet over a thousand variants is read on their own page."""
VERBS = frozenset({"Archive", "Change prices", "Make drafts", "Organise", "Put on sale", "Schedule", "Sheet"})
"""What bulk edits are called; they are kept by these words and said in the reader's language."""
REASONS = {
    "changed_since": _("changed since; left as it is"),
    "ordered": _("was ordered; archived instead of removed"),
    "part_of_bundle": _("part of a bundle; left as it is"),
    "variants_in_use": _("variants added since still hold stock; left as they are"),
    "revision_gone": _("too long ago; what it was before is no longer kept"),
    "handle_taken": _("its former address belongs to another product now"),
    "sku_taken": _("one of its former SKUs belongs to another variant now"),
}


def note_words(row: ChangeSetView | RevisionView) -> str:
    """Return what an act was about: a verb of ours in the reader's language, the name of a file as it is."""
    return gettext(row.note) if row.note in VERBS else row.note


def _words(row: ChangeSetView) -> str:
    label = str(ChangeKind(row.kind).label)
    return gettext("%(kind)s: %(note)s") % {"kind": label, "note": note_words(row)} if row.note else label


@screen("catalogue.view", methods=("GET", "HEAD"))
def change_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request, views=VIEWS)
    after = int(state.after) if state.after.isascii() and state.after.isdigit() and len(state.after) < 19 else None
    rows, cursor = revisions.change_sets(kinds=[] if state.view == "all" else [state.view], after=after)
    names = actor_names({row.actor for row in rows})
    listing = ResourceList(
        state,
        rows=rows,
        columns=[
            Column(
                _("Change"),
                lambda row: Link(_words(row), reverse("backoffice:change", args=[row.id])),
                phone="wide",
            ),
            Column(_("Products"), lambda row: Number(row.products), align="end", phone="end"),
            Column(_("Who"), lambda row: Text(names.get(row.actor, ""), muted=True)),
            Column(_("When"), lambda row: When(row.created_at)),
            Column(_("Status"), lambda row: Pills([Pill(_("Taken back"))] if row.undone_by else [])),
        ],
        key=lambda row: row.id,
        label=_words,
        after=str(cursor or ""),
        views=VIEWS,
        caption=_("Changes"),
        empty=Empty(
            _("Changes will be listed here"),
            _("Every save, bulk edit and import of products is kept, and can be taken back as one."),
            "history",
        ),
    )
    return list_response(request, "backoffice/products/changes.html", {"here": "products.changes", "list": listing})


def _busy(row: ChangeSet) -> tuple[int, int] | None:
    """Return how many of how many products are taken back; None if that is over, or no undo at all."""
    if row.kind != ChangeKind.UNDO or row.report.get("finished") or row.undoes_id is None:
        return None
    return len(row.report.get("done", ())), revisions.change_set(row.undoes_id)[0].products


def _changed(request: HttpRequest, change_set_id: int) -> dict[str, object]:
    """Return a page of the products it changed with what each field was and is."""
    text = request.GET.get("after", "")
    after = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    page, more = revisions.changed_products(change_set_id, after=after, limit=PRODUCTS)
    # Named together, so that a page of many products asks as often as one of few.
    shown = [entry for row in page for entry in (row.differences or ())[:MOST_FIELDS]]
    sees_cost = sees(request.user, "cost")
    names = names_for(shown)
    products = [
        (row, changes_of((row.differences or ())[:MOST_FIELDS], sees_cost=sees_cost, names=names), _beyond(row))
        for row in page
    ]
    return {"products": products, "more": more, "after": after}


def _beyond(row: ChangedProduct) -> int:
    """Return how many fields are left to the page of the version."""
    return max(0, len(row.differences or ()) - MOST_FIELDS)


@screen("catalogue.view", methods=("GET", "HEAD"))
def change_page(request: HttpRequest, change_set_id: int) -> HttpResponse:
    """One act: what it changed, and for an undo, what it left."""
    view, row = revisions.change_set(change_set_id)
    report = row.report if row.kind == ChangeKind.UNDO else {}
    kept = [
        (entry["product_id"], entry["title"], str(REASONS.get(entry["reason"], entry["reason"])), words_for(
            [tuple(path) for path in entry["paths"][:20]]
        ))
        for entry in report.get("kept", ())
    ]  # fmt: skip
    context = {
        "here": "products.changes",
        "view": view,
        "words": _words(view),
        "actor": actor_names([view.actor])[view.actor],
        **_changed(request, change_set_id),
        "report": report,
        "kept": kept,
        "busy": _busy(row),
        "may_undo": allowed(request.user, "catalogue.edit") and view.undone_by is None,
    }
    return render(request, "backoffice/products/change.html", context)


@screen("catalogue.view", write="catalogue.edit")
def change_undo(request: HttpRequest, change_set_id: int) -> HttpResponse:
    """Take back everything one act changed."""
    require(request.user, "catalogue.edit")
    view, _row = revisions.change_set(change_set_id)
    title = ngettext(
        "Take back this change of %(count)s product?", "Take back this change of %(count)s products?", view.products
    )
    dialog = Dialog(
        title=title % {"count": view.products},
        consequence=_(
            "Everything it changed becomes what it was. What somebody changed since stays as it is, and you are told. "
            "Stock is not touched."
        ),
        submit=_("Take it back"),
        back=reverse("backoffice:change", args=[change_set_id]),
    )  # fmt: skip

    def act(values: dict[str, object]) -> Done:
        if view.products > MOST_AT_ONCE:
            undo_id = start_undo(change_set_id=change_set_id, actor=actor_of(request))
            return Done(gettext("It is being taken back"), url=reverse("backoffice:change", args=[undo_id]))
        report = undo_change_set(change_set_id=change_set_id, actor=actor_of(request))
        whole = report.whole + report.removed
        words = ngettext("%(count)s product taken back", "%(count)s products taken back", whole) % {"count": whole}
        left = report.partly + report.untouched
        if left:
            more = ngettext("%(count)s left in part or whole", "%(count)s left in part or whole", left)
            words = f"{words} · {more % {'count': left}}"
        return Done(words, url=reverse("backoffice:change", args=[report.change_set_id]))

    return run_verb(request, dialog, forms.Form(request.POST if request.method == "POST" else None), act)
