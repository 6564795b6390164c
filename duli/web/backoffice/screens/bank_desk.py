"""The bank desk: what came in on a statement, and the orders that it pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, InvalidInput, sentence
from duli.base.money import Money
from duli.commerce.orders.selectors import order_list
from duli.commerce.orders.types import OrderFilter
from duli.commerce.reconciliation import selectors, services
from duli.commerce.reconciliation.models import StatementLine
from duli.commerce.reconciliation.states import Confidence, LineState, Reason
from duli.commerce.reconciliation.suggestions import Candidate
from duli.commerce.reconciliation.types import LineView, Matched, Part, Suggestion
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Amount, Link, Pills, RowVerbs, Text
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, run_verb
from duli.web.backoffice.kit.forms import Line, amount_text, parse_amount
from duli.web.backoffice.kit.links import row_url
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
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.order_words import payment_pill
from duli.web.backoffice.screens.order_money import WAITS
from duli.web.backoffice.screens.orders_bulk import chosen
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.shell import render

HERE = {"here": "orders.transfers"}
VIEWS = (
    View(LineState.OPEN, LineState.OPEN.label),
    View(LineState.MATCHED, LineState.MATCHED.label),
    View(LineState.IGNORED, LineState.IGNORED.label),
    View("all", _("All")),
)
LOOKS = {Confidence.SURE: ("ok", "full"), Confidence.LIKELY: ("info", "half"), Confidence.POSSIBLE: ("", "")}
STATE_LOOKS = {LineState.OPEN: ("attention", ""), LineState.MATCHED: ("ok", "full"), LineState.IGNORED: ("", "full")}
MOST_WRITTEN = 100
"""Orders that money may be written beside at once."""
Row = tuple[LineView, Sequence[Suggestion]]


def _money(amount: Money) -> str:
    return amount.format(get_language() or "en")


def confidence_pill(suggestion: Suggestion) -> Pill:
    level = Confidence(suggestion.confidence)
    return Pill(level.label, *LOOKS[level])


def difference_words(difference: Money) -> str:
    """Say what a line has more or less than an order owes."""
    if not difference.minor:
        return ""
    if difference.minor > 0:
        return gettext("%(amount)s too much") % {"amount": _money(difference)}
    return gettext("%(amount)s too little") % {"amount": _money(-difference)}


def outcome_words(matched: Sequence[Matched]) -> str:
    """Say how the orders stand now: paid, still owed, or paid too much."""
    said = []
    for entry in matched:
        values = {"number": entry.number, "amount": _money(entry.amount)}
        if entry.too_much.minor:
            values["rest"] = _money(entry.too_much)
            said.append(gettext("#%(number)s got %(rest)s too much: give it back from the order's page") % values)
        elif entry.still_due.minor:
            values["rest"] = _money(entry.still_due)
            said.append(gettext("%(amount)s counts for #%(number)s, %(rest)s is still owed") % values)
        else:
            said.append(gettext("#%(number)s is paid") % values)
    return " · ".join(said)


def _columns(may: bool) -> list[Column[Row]]:
    def suggested(row: Row) -> Text | Link:
        line, found = row
        if line.orders:
            return Text(", ".join(f"#{number}" for _, number in line.orders))
        if not found:
            return Text(line.note or "—", muted=True)
        best = found[0]
        words = " · ".join(filter(None, [str(Reason(best.reason).label), difference_words(best.difference)]))
        return Link(f"#{best.number} {best.customer}", row_url("order", best.order_id), words)

    def confidence(row: Row) -> Pills:
        line, found = row
        if line.state != LineState.OPEN:
            state = LineState(line.state)
            return Pills([Pill(state.label, *STATE_LOOKS[state])])
        return Pills([confidence_pill(found[0])] if found else [])

    def verbs(row: Row) -> RowVerbs:
        line, found = row
        if line.state != LineState.OPEN or not may:
            return RowVerbs([])
        accept = [(_("Accept"), reverse("backoffice:transfer_accept", args=[line.id]))] if found else []
        return RowVerbs(accept)

    return [
        Column(
            _("Received"),
            lambda row: Link(
                row[0].payer or row[0].text or gettext("Without a name"),
                reverse("backoffice:transfer", args=[row[0].id]),
                row[0].text if row[0].payer else row[0].reference,
            ),
        ),
        Column(_("Amount"), lambda row: Amount(row[0].amount), align="end", phone="end"),
        Column(_("Date"), lambda row: Text(row[0].booked_on.isoformat(), muted=True)),
        Column(_("Left to match"), lambda row: Amount(row[0].left), align="end", phone="hidden"),
        Column(_("Order"), suggested, phone="wide"),
        Column(_("How sure"), confidence),
        Column("", verbs, phone="end", filed=False),
    ]


@screen("orders.view", methods=("GET", "HEAD"), personal=True)
def transfer_list(request: HttpRequest) -> HttpResponse:
    """What came in, with the order that each line probably pays."""
    filters = (Filter("booked", _("Date"), kind="days"),)
    state = ListState(request, views=VIEWS, filters=filters)
    may = allowed(request.user, "orders.payments")
    found, after = selectors.statement_lines(
        state="" if state.view == "all" else state.view,
        query=state.query,
        booked_from=state.day("booked_from"),
        booked_to=state.day("booked_to"),
        after=state.after,
    )
    suggestions = selectors.suggestions_for(found)
    orders = selectors.matched_orders([row.pk for row in found])
    rows: list[Row] = [(selectors.line_view(row, orders.get(row.pk, ())), suggestions.get(row.pk, ())) for row in found]
    sure = sum(bool(found) and found[0].confidence == Confidence.SURE for _, found in rows)
    accept = BulkVerb(_("Accept suggestions"), reverse("backoffice:transfers_accept"), direct=True)
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(may),
        key=lambda row: row[0].id,
        label=lambda row: row[0].payer or row[0].booked_on.isoformat(),
        after=after,
        views=VIEWS,
        filters=filters,
        bulk=[accept] if may and state.view in {LineState.OPEN, "all"} else [],
        search=_("Search by payer, text, account or order number"),
        caption=_("Bank transfers"),
        empty=_empty(state.view),
    )
    context = {**HERE, "list": listing, "may_pay": may, "sure": sure}
    return list_response(request, "backoffice/transfers/list.html", context)


def _empty(view: str) -> Empty:
    if view == LineState.MATCHED:
        return Empty(
            _("Nothing is matched yet"), _("Lines that pay an order appear here; a match can be undone."), "link"
        )
    if view == LineState.IGNORED:
        return Empty(_("Nothing is left aside"), _("Lines that pay no order appear here."), "ban")
    return Empty(
        _("Every transfer is matched"),
        _("Bring a statement of your bank (CSV, MT940, OFX or camt.053): most orders find their money by themselves."),
        "wallet",
    )


class StatementForm(forms.Form):
    file = forms.FileField(label=_("Statement"), help_text=_("CSV, MT940, OFX or camt.053, up to 10 MB"))
    account = Line(
        label=_("Account"), max_length=60, required=False, help_text=_("Only for files that do not say it themselves.")
    )
    currency = Line(
        label=_("Currency"), max_length=3, required=False, help_text=_("Only for files that do not say it themselves.")
    )
    ask = forms.BooleanField(label=_("Choose the columns myself"), required=False)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


@screen("orders.view", write="orders.payments", personal=True)
def transfers_import(request: HttpRequest) -> HttpResponse:
    """Bring a statement."""
    from duli.platform.store.selectors import current_store

    require(request.user, "orders.payments")
    dialog = Dialog(
        title=_("Import a statement"),
        submit=_("Import"),
        back=reverse("backoffice:transfers"),
        consequence=_("What came in is listed with the order it probably pays. Lines you brought before are left out."),
        upload=True,
    )
    form = StatementForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        initial={"currency": current_store().default_currency},
    )

    def act(values: dict[str, Any]) -> Done:
        file = values["file"]
        if file.size > services.MAXIMUM_MEGABYTES * 1024 * 1024:
            raise InvalidInput(field="file")
        brought = services.read_statement(
            content=file.read(),
            name=file.name,
            actor=actor_of(request),
            account=values["account"],
            currency=values["currency"],
            ask=values["ask"],
        )
        if brought.text:
            return Done(
                gettext("Please say what the columns mean"), reverse("backoffice:transfers_columns", args=[brought.pk])
            )
        return Done(brought_words(brought.added, brought.known, brought.outgoing))

    return run_verb(request, dialog, form, act, HERE)


def brought_words(added: int, known: int, outgoing: int) -> str:
    """Say what came of a file."""
    said = [ngettext("%(count)s new line", "%(count)s new lines", added) % {"count": added}]
    if known:
        said.append(ngettext("%(count)s was here already", "%(count)s were here already", known) % {"count": known})
    if outgoing:
        said.append(ngettext("%(count)s went out", "%(count)s went out", outgoing) % {"count": outgoing})
    return " · ".join(said)


@screen("orders.view", write="orders.payments", methods=("POST",), personal=True)
def transfers_accept(request: HttpRequest) -> HttpResponse:
    """Accept the best suggestion of each chosen line, or every sure one where none is chosen."""
    back = HttpResponseRedirect(reverse("backoffice:transfers"))
    if "sure" in request.POST:
        count = services.match_sure(actor=actor_of(request))
        toast(request, ngettext("%(count)s line is matched", "%(count)s lines are matched", count) % {"count": count})
        return back
    lines = selectors.lines_by_key(chosen(request))
    done, waiting, refused = 0, 0, []
    for line_id, found in selectors.suggestions_for(lines).items():
        if not found:
            continue
        try:
            parts = [_whole(lines, line_id, found[0])]
            if services.staff_match(line_id=line_id, parts=parts, actor=actor_of(request)) is None:
                waiting += 1
            else:
                done += 1
        except DuliError as error:
            refused.append(sentence(error))
    words = ngettext("%(count)s line is matched", "%(count)s lines are matched", done) % {"count": done}
    toast(request, " · ".join([words, *([str(WAITS)] if waiting else []), *dict.fromkeys(refused)]))
    return back


def _whole(lines: Sequence[StatementLine], line_id: int, best: Suggestion) -> Part:
    line = next(row for row in lines if row.pk == line_id)
    return Part(best.order_id, line.left_minor, best.due.minor)


class AcceptForm(forms.Form):
    order = forms.IntegerField(widget=forms.HiddenInput(), min_value=1, max_value=2**63 - 1)
    due = forms.IntegerField(widget=forms.HiddenInput(), min_value=0, max_value=10**15)


@screen("orders.view", write="orders.payments", personal=True)
def transfer_accept(request: HttpRequest, line_id: int) -> HttpResponse:
    """Accept the best suggestion of one line: all that is left of it counts for that order."""
    require(request.user, "orders.payments")
    line = selectors.line_by_id(line_id)
    best = next(iter(selectors.suggestions_for([line]).get(line.pk, ())), None)
    left = Money(line.left_minor, line.currency)
    dialog = Dialog(
        title=gettext("%(amount)s for order #%(number)s?") % {"amount": _money(left), "number": best.number}
        if best
        else gettext("No order fits"),
        consequence=" ".join(
            filter(
                None,
                [
                    gettext("%(reason)s. The order owes %(due)s.")
                    % {"reason": Reason(best.reason).label, "due": _money(best.due)},
                    difference_words(best.difference),
                ],
            )
        )
        if best
        else gettext("Open the line and look for its order."),
        submit=_("Accept") if best else "",
        back=reverse("backoffice:transfers"),
    )
    form = AcceptForm(
        request.POST if request.method == "POST" else None,
        initial={"order": best.order_id, "due": best.due.minor} if best else {},
    )

    def act(values: dict[str, Any]) -> Done:
        part = Part(values["order"], left.minor, values["due"])
        matched = services.staff_match(line_id=line_id, parts=[part], actor=actor_of(request))
        return Done(str(WAITS) if matched is None else outcome_words(matched))

    return run_verb(request, dialog, form, act, HERE)


@screen("orders.view", write="orders.payments", personal=True)
def transfer_page(request: HttpRequest, line_id: int) -> HttpResponse:
    """One line beside the orders that it may pay; a POST matches it, whole or in parts."""
    line = selectors.line_by_id(line_id)
    query = request.GET.get("find", "").strip()[:100]
    suggestions = list(selectors.suggestions_for([line]).get(line.pk, ()))
    given = request.POST if request.method == "POST" else request.GET
    typed = {name: str(value)[:24] for name, value in given.items() if name.startswith(("amount-", "due-"))}
    if request.method != "POST":
        # Looking for another order brings along what is written beside those that were found before.
        return _page(request, line, suggestions, query, typed)
    try:
        parts = _parts(typed, line.currency)
        matched = services.staff_match(line_id=line_id, parts=parts, actor=actor_of(request))
    except DuliError as error:
        return _page(request, line, suggestions, query, typed, error)
    toast(request, str(WAITS) if matched is None else outcome_words(matched))
    fresh = selectors.line_by_id(line_id)
    done = fresh.state == LineState.MATCHED
    return HttpResponseRedirect(
        reverse("backoffice:transfers") if done else reverse("backoffice:transfer", args=[line_id])
    )


def _parts(typed: dict[str, str], currency: str) -> list[Part]:
    """Read the amounts that were written beside orders. InvalidInput."""
    found = []
    for name, value in typed.items():
        key = name.removeprefix("amount-")
        if key == name or not value.strip():
            continue
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            raise InvalidInput(field="amount")
        try:
            minor = parse_amount(value, currency)
        except forms.ValidationError:
            raise InvalidInput(field="amount") from None
        due = typed.get(f"due-{key}", "")
        if minor:
            found.append(Part(int(key), minor, int(due) if due.isascii() and due.isdigit() and len(due) < 16 else None))
    return found


class _Choice:
    """An order that money may be written beside."""

    def __init__(self, order: Candidate, suggestion: Suggestion | None, amount: str) -> None:
        self.order = order
        self.amount = amount
        self.due = Money(order.due_minor, order.currency)
        self.customer = next(iter(order.names), "")
        self.payment = payment_pill(order.payment_state)
        self.pill = confidence_pill(suggestion) if suggestion else None
        self.why = str(Reason(suggestion.reason).label) if suggestion else ""
        self.difference = difference_words(suggestion.difference) if suggestion else ""


def _page(
    request: HttpRequest,
    line: StatementLine,
    suggestions: Sequence[Suggestion],
    query: str,
    typed: dict[str, str],
    error: DuliError | None = None,
) -> HttpResponse:
    by_key = {entry.order_id: entry for entry in suggestions}
    beside = [name.removeprefix("amount-") for name, value in typed.items() if name[:7] == "amount-" and value.strip()]
    written = [int(key) for key in beside if key.isascii() and key.isdigit() and len(key) < 19][:MOST_WRITTEN]
    searched = [row.id for row in order_list(OrderFilter(query=query), limit=20).rows] if query else []
    keys = list(dict.fromkeys([*by_key, *searched, *written]))
    orders = selectors.candidates_by_key(keys)
    best = suggestions[0] if suggestions and suggestions[0].confidence != Confidence.POSSIBLE else None
    choices = []
    for key in keys:
        if key not in orders:
            continue
        given = typed.get(f"amount-{key}", "")
        if not typed and best is not None and key == best.order_id and not query:
            given = amount_text(line.left_minor, line.currency)
        choices.append(_Choice(orders[key], by_key.get(key), given))
    matches = selectors.matches_of(line.pk)
    proofs = selectors.proofs_of(keys)
    context = {
        **HERE,
        "line": selectors.line_view(line),
        "state": Pill(LineState(line.state).label, *STATE_LOOKS[LineState(line.state)]),
        "choices": choices,
        "proofs": [(orders[key], proof) for key in keys if key in orders for proof in proofs.get(key, ())],
        "query": query,
        "matches": [(match, actor, undone) for match, actor, undone in _with_names(matches)],
        "error": sentence(error) if error else "",
        "may_pay": allowed(request.user, "orders.payments"),
    }
    return render(request, "backoffice/transfers/detail.html", context, status=error.status if error else 200)


def _with_names(matches: Sequence[Any]) -> list[tuple[Any, str, str]]:
    names = actor_names({match.actor for match in matches} | {match.undone_by for match in matches if match.undone_by})
    return [(match, names.get(match.actor, ""), names.get(match.undone_by, "")) for match in matches]


class NoteForm(forms.Form):
    note = Line(label=_("Why"), max_length=255, required=False)


@screen("orders.view", write="orders.payments", personal=True)
def transfer_ignore(request: HttpRequest, line_id: int) -> HttpResponse:
    """Set a line aside that pays no order."""
    require(request.user, "orders.payments")
    selectors.line_by_id(line_id)
    dialog = Dialog(
        title=_("Leave this line aside"),
        consequence=_("It pays no order: a loan, a refund, money of your own. You can take it up again."),
        submit=_("Leave aside"),
        back=reverse("backoffice:transfers"),
    )
    form = NoteForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> Done:
        services.ignore_line(line_id=line_id, note=values["note"], actor=actor_of(request))
        return Done(gettext("The line is left aside"))

    return run_verb(request, dialog, form, act, HERE)


@screen("orders.view", write="orders.payments", methods=("POST",), personal=True)
def transfer_reopen(request: HttpRequest, line_id: int) -> HttpResponse:
    """Take a line up again."""
    services.reopen_line(line_id=line_id, actor=actor_of(request))
    return HttpResponseRedirect(reverse("backoffice:transfer", args=[line_id]))


class Nothing(forms.Form):
    """A verb that asks nothing but whether it is meant."""


@screen("orders.view", write="orders.payments", personal=True)
def transfer_undo(request: HttpRequest, line_id: int, match_id: int) -> HttpResponse:
    """Take money off an order again."""
    require(request.user, "orders.payments")
    match = selectors.match_of(line_id=line_id, match_id=match_id)
    values = {"amount": _money(match.amount), "number": match.number}
    dialog = Dialog(
        title=gettext("Undo the match with #%(number)s") % values,
        consequence=gettext("%(amount)s is taken off order #%(number)s, which owes it again. Both stay in its history.")
        % values,
        submit=_("Undo"),
        back=reverse("backoffice:transfer", args=[line_id]),
        danger=True,
    )
    form = Nothing(request.POST if request.method == "POST" else None)

    def act(_values: dict[str, Any]) -> Done:
        services.undo_match(match_id=match_id, actor=actor_of(request))
        return Done(gettext("%(amount)s is taken off #%(number)s") % values)

    return run_verb(request, dialog, form, act, HERE)


class ColumnsForm(forms.Form):
    """What each column of a table means; of texts there may be several."""

    LABELS = (
        ("date", _("Day")),
        ("amount", _("Amount, with a sign")),
        ("credit", _("Amount that came in")),
        ("debit", _("Amount that went out")),
        ("payer", _("Payer")),
        ("payer_account", _("Payer's account")),
        ("text", pgettext_lazy("bank statement", "Text")),
        ("text_more", _("More text")),
        ("reference", _("The bank's own reference")),
        ("currency", _("Currency")),
        ("account", _("Account")),
    )
    own_account = Line(label=_("Account, where the file does not say it"), max_length=60, required=False)
    own_currency = Line(label=_("Currency, where the file does not say it"), max_length=3, required=False)

    def __init__(self, *args: Any, headings: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = dict(self.fields)
        self.fields.clear()
        for name, label in self.LABELS:
            self.fields[name] = forms.ChoiceField(
                label=label, choices=[("", "—"), *((heading, heading) for heading in headings)], required=False
            )
        self.fields.update(own)

    def columns(self) -> dict[str, list[str]]:
        chosen = {name: [self.cleaned_data[name]] for name, _label in self.LABELS if self.cleaned_data.get(name)}
        chosen["text"] = [*chosen.get("text", []), *chosen.pop("text_more", [])]
        return chosen


@screen("orders.view", write="orders.payments", personal=True)
def transfers_columns(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Say what the columns of a table mean that nobody knows."""
    require(request.user, "orders.payments")
    asked = selectors.columns_to_choose(statement_id)
    initial = {name: headings[0] for name, headings in asked.guess.items() if headings}
    texts = asked.guess.get("text", [])
    form = ColumnsForm(
        request.POST if request.method == "POST" else None,
        headings=asked.headings,
        initial={
            **initial,
            "text_more": texts[1] if len(texts) > 1 else "",
            "own_account": asked.account,
            "own_currency": asked.currency,
        },
    )

    def act() -> HttpResponse:
        brought = services.choose_columns(
            statement_id=statement_id,
            columns=form.columns(),
            account=form.cleaned_data["own_account"],
            currency=form.cleaned_data["own_currency"],
            actor=actor_of(request),
        )
        toast(request, brought_words(brought.added, brought.known, brought.outgoing))
        return HttpResponseRedirect(reverse("backoffice:transfers"))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    return render(request, "backoffice/transfers/columns.html", {**HERE, "form": form, "asked": asked}, status=status)
