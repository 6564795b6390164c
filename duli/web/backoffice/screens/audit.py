"""The audit log: who changed what, from what to what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.platform.audit import selectors
from duli.platform.audit.types import AuditFilter, AuditView
from duli.platform.store.days import day_begins, day_ends
from duli.web.backoffice.access import screen
from duli.web.backoffice.audit_words import ACTIONS, AREAS, field_words, label_words, meant_by, value_words
from duli.web.backoffice.kit.cells import Link, Text, When
from duli.web.backoffice.kit.downloads import csv_response
from duli.web.backoffice.kit.listing import Column, Empty, Filter, ListState, ResourceList, list_response
from duli.web.backoffice.selectors.people import actor_names

PAGE = 50
EXPORTED = 50_000


def _filters(names: dict[str, str]) -> tuple[Filter, ...]:
    return (
        Filter("area", _("Area"), list(AREAS.items()), "one"),
        Filter("actor", _("Who"), sorted(names.items(), key=lambda pair: pair[1]), "one"),
        Filter("day", _("Date"), kind="days"),
    )


def _wanted(state: ListState, reference: str, names: Mapping[str, str]) -> AuditFilter:
    first, last = state.day("day_from"), state.day("day_to")
    return AuditFilter(
        query=state.query,
        words=meant_by(state.query, names),
        area=state.one("area"),
        actor=state.one("actor"),
        reference=reference,
        first=day_begins(first) if first else None,
        until=day_ends(last) if last else None,
    )


def _change_words(entry: AuditView) -> str:
    """Return a line that says what changed, field by field."""
    parts = []
    for name, (before, after) in entry.changes.items():
        if entry.action == "changed":
            words = f"{value_words(before, name)} → {value_words(after, name)}"
        else:
            words = value_words(before if after is None else after, name)
        parts.append(f"{field_words(name)}: {words}")
    return " · ".join(parts)


def _state(request: HttpRequest) -> tuple[ListState, tuple[Filter, ...], dict[str, str]]:
    names = actor_names(selectors.actors())
    filters = _filters(names)
    return ListState(request, filters=filters), filters, names


@screen("audit.view", methods=("GET", "HEAD"))
def audit_list(request: HttpRequest) -> HttpResponse:
    """The whole log, or the history of one thing (`?about=role:packers`)."""
    state, filters, names = _state(request)
    reference = request.GET.get("about", "")[:80]
    found = selectors.entries(
        _wanted(state, reference, names),
        before_id=int(state.after) if state.after.isascii() and state.after.isdigit() and len(state.after) < 19 else 0,
        limit=PAGE + 1,
    )
    rows = found[:PAGE]
    columns: list[Column[AuditView]] = [
        Column(_("When"), lambda row: When(row.happened_at), phone="end"),
        Column(_("Who"), lambda row: Text(names.get(row.actor, row.actor), sub=row.address)),
        Column(_("Area"), lambda row: Text(AREAS.get(row.area, row.area), muted=True), phone="hidden"),
        Column(
            _("What"),
            lambda row: Link(
                gettext("%(thing)s: %(deed)s")
                % {
                    "thing": label_words(row.area, row.label) or row.reference,
                    "deed": ACTIONS.get(row.action, row.action),
                },
                reverse("backoffice:audit_entry", args=[row.id]),
                _short(_change_words(row)),
            ),
            phone="wide",
        ),
    ]
    listing = ResourceList(
        state,
        rows=rows,
        columns=columns,
        key=lambda row: row.id,
        label=lambda row: row.label,
        after=str(rows[-1].id) if len(found) > PAGE else "",
        filters=filters,
        search=_("Search by what, who, field or value"),
        caption=_("Audit log"),
        empty=Empty(
            _("Nothing was changed yet"),
            _("Changes of settings, prices, roles and people are kept here, with who made them."),
            "history",
        ),
    )
    query = request.GET.urlencode()
    context = {
        "here": "settings",
        "list": listing,
        "about": reference,
        "export_url": reverse("backoffice:audit_export") + (f"?{query}" if query else ""),
    }
    return list_response(request, "backoffice/settings/audit.html", context)


def _short(words: str) -> str:
    return words if len(words) <= 160 else words[:159] + "…"


@screen("audit.view", methods=("GET", "HEAD"))
def audit_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One entry with every field it changed."""
    from duli.web.backoffice.shell import render

    entry = selectors.entry(entry_id)
    changes = [
        (field_words(name), value_words(before, name), value_words(after, name))
        for name, (before, after) in entry.changes.items()
    ]
    context: dict[str, Any] = {
        "here": "settings",
        "entry": entry,
        "label": label_words(entry.area, entry.label) or entry.reference,
        "who": actor_names([entry.actor])[entry.actor],
        "area": AREAS.get(entry.area, entry.area),
        "action": ACTIONS.get(entry.action, entry.action),
        "changes": changes,
    }
    return render(request, "backoffice/settings/audit_entry.html", context)


@screen("audit.view", methods=("GET", "HEAD"))
def audit_export(request: HttpRequest) -> HttpResponse:
    """What the list shows, as CSV that a spreadsheet opens in any language."""
    state, _filters_used, names = _state(request)
    wanted = _wanted(state, request.GET.get("about", "")[:80], names)
    heading = [gettext(word) for word in ("When", "Who", "Area", "What", "Action", "Changes", "Address", "Request")]
    rows: list[list[str]] = []
    before_id = 0
    while len(rows) < EXPORTED:
        page = selectors.entries(wanted, before_id=before_id, limit=1000)
        if not page:
            break
        before_id = page[-1].id
        rows.extend(_csv_row(entry, names) for entry in page)
    return csv_response(f"audit-{now():%Y-%m-%d}", heading, rows)  # type: ignore[return-value]


def _csv_row(entry: AuditView, names: dict[str, str]) -> list[str]:
    changes = json.dumps({name: list(pair) for name, pair in entry.changes.items()}, ensure_ascii=False)
    return [
        entry.happened_at.isoformat(timespec="seconds"),
        names.get(entry.actor, entry.actor),
        str(AREAS.get(entry.area, entry.area)),
        label_words(entry.area, entry.label) or entry.reference,
        str(ACTIONS.get(entry.action, entry.action)),
        changes,
        entry.address,
        entry.request_id,
    ]
