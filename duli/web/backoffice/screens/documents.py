"""Invoices and credit notes: the list, the printable page, and the same page as one PDF."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.orders import selectors as reads
from duli.commerce.orders.models import Document
from duli.commerce.orders.services import issue_invoice
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit import arranged
from duli.web.backoffice.kit.arranged import ListFile, ListPlace, arranged_for
from duli.web.backoffice.kit.cells import Amount, Link, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import IdList
from duli.web.backoffice.kit.listing import (
    BulkVerb,
    Column,
    Empty,
    Filter,
    ListState,
    ResourceList,
    View,
    list_response,
)
from duli.web.backoffice.kit.pdf import available, write_invoice, write_pdf
from duli.web.backoffice.order_words import country_name
from duli.web.backoffice.screens.orders_bulk import MOST_AT_ONCE, chosen, each
from duli.web.backoffice.selectors.product_page import currencies
from duli.web.backoffice.shell import render

VIEWS = (
    View("all", _("All")),
    View("invoice", _("Invoices")),
    View("credit_note", _("Credit notes")),
)
PAGE = 50


def _paper(document: Document) -> str:
    return f"{reverse('backoffice:documents_print')}?id={document.pk}"


def _columns() -> list[Column[Document]]:
    return [
        Column(pgettext_lazy("document", "Number"), lambda row: Link(row.label, _paper(row))),
        Column(_("Kind"), lambda row: Text(row.title), key="kind"),
        Column(pgettext_lazy("document", "Issued"), lambda row: When(row.issued_at), phone="end", key="issued"),
        Column(
            _("Order"),
            lambda row: Link(f"#{row.order.number}", reverse("backoffice:order", args=[row.order_id])),
            key="order",
        ),
        Column(_("Customer"), lambda row: Text(row.order.customer_name or row.order.email), key="customer"),
        Column(
            _("Amount"),
            lambda row: Amount(Money(row.total_minor, row.currency)),
            align="end",
            phone="end",
            key="amount",
        ),
        Column(_("Tax"), lambda row: Amount(Money(row.tax_minor, row.currency)), align="end", key="tax", extra=True),
        Column(_("Country"), lambda row: Text(country_name(row.order.country)), key="country", extra=True),
        Column(_("Currency"), lambda row: Text(row.currency), key="currency", extra=True),
    ]


def list_state(request: HttpRequest) -> tuple[ListState, tuple[Filter, ...]]:
    """Return what the address says about the list of documents, and the filters it offers."""
    filters = (
        Filter("issued", pgettext_lazy("document", "Issued"), kind="days"),
        Filter("currency", _("Currency"), [(code, code) for code in currencies()], kind="one"),
    )
    return ListState(request, views=VIEWS, filters=filters), filters


def _rows(state: ListState, after: str, limit: int = PAGE) -> tuple[list[Document], str]:
    return reads.document_list(
        kind="" if state.view == "all" else state.view,
        query=state.query,
        issued_from=state.day("issued_from"),
        issued_to=state.day("issued_to"),
        currency=state.one("currency"),
        after=after,
        limit=limit,
    )


DOCUMENTS = arranged.register(
    ListPlace(
        "documents",
        "documents",
        "orders.view",
        _columns,
        ListFile(
            "orders.export",
            lambda request: _columns(),
            lambda request, after, limit: _rows(list_state(request)[0], after, limit),
        ),
    )
)


@screen("orders.view", methods=("GET", "HEAD"))
def document_list(request: HttpRequest) -> HttpResponse:
    state, filters = list_state(request)
    rows, after = _rows(state, state.after)
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(),
        key=lambda row: row.pk,
        label=lambda row: row.label,
        after=after,
        views=VIEWS,
        filters=filters,
        arranged=arranged_for(request, DOCUMENTS.key),
        bulk=[BulkVerb(_("Print"), reverse("backoffice:documents_print"), opens_page=True)],
        search=_("Search by number of the document or of the order"),
        caption=_("Invoices"),
        empty=Empty(
            _("No invoice yet"),
            _("Choose orders in the list and issue their invoices: the numbers follow each other without a gap."),
            "file-text",
            _("All orders"),
            reverse("backoffice:orders"),
        ),
    )
    return list_response(request, "backoffice/orders/documents.html", {"here": "orders.invoices", "list": listing})


@screen("orders.view", methods=("GET", "HEAD"), personal=True)
def documents_print(request: HttpRequest) -> HttpResponse:
    """Documents as they were issued, a page each; with `pdf` as one file."""
    papers = reads.documents(chosen(request))
    if not papers:
        raise NotFound()
    title = papers[0].label if len(papers) == 1 else gettext("Invoices")
    query = "&".join(f"id={paper.pk}" for paper in papers)
    context: dict[str, Any] = {"documents": papers, "title": title, "query": query}
    if request.GET.get("pdf"):
        # The sheet speaks the buyer's language; what is around it is not in the file.
        html = render_to_string("backoffice/orders/documents_print.html", {**context, "pdf": True})
        # One invoice alone is a file that programs read as well as people.
        content = write_invoice(html, papers[0]) if len(papers) == 1 else write_pdf(html)
        response = HttpResponse(content, content_type="application/pdf")
        response.headers["Content-Disposition"] = f'attachment; filename="{papers[0].label}.pdf"'
        return response
    return render(request, "backoffice/orders/documents_print.html", {**context, "may_pdf": available()})


class IssueForm(forms.Form):
    id = IdList(limit=MOST_AT_ONCE)


@screen("orders.view", write="orders.manage")
def orders_issue(request: HttpRequest) -> HttpResponse:
    """Issue the invoices of the chosen orders; the ones that were issued before are shown again."""
    require(request.user, "orders.manage")
    rows = reads.order_numbers(chosen(request))
    dialog = Dialog(
        title=ngettext("Issue the invoice of %(count)s order", "Issue the invoices of %(count)s orders", len(rows))
        % {"count": len(rows)},
        consequence=_(
            "Each gets the next number. An invoice is never changed or deleted; a refund is put right by a credit note."
        ),
        submit=_("Issue"),
        back=reverse("backoffice:orders"),
    )
    form = IssueForm(request.POST if request.method == "POST" else None, initial={"id": [pk for pk, _n in rows]})

    def act(values: dict[str, Any]) -> Done:
        issued: list[int] = []
        done, refused = each(
            rows, lambda order_id: issued.append(issue_invoice(order_id=order_id, actor=actor_of(request)).pk)
        )
        words = ngettext("%(count)s invoice issued.", "%(count)s invoices issued.", done) % {"count": done}
        url = f"{reverse('backoffice:documents_print')}?{'&'.join(f'id={pk}' for pk in issued)}" if issued else ""
        return Done(" ".join([words, *refused[:5]]), url)

    return run_verb(request, dialog, form, act, {"here": "orders.all"})
