"""ResourceList: columns as data, saved views as tabs, filters as chips, a cursor, selection and its verbs.

What each person arranges of it (columns, views under names of their own) is in `kit/arranged.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from duli.base.text import one_line
from duli.platform.desk.types import ViewCopy
from duli.web.backoffice.kit import list_parts
from duli.web.backoffice.kit.cells import Cell, safe
from duli.web.backoffice.kit.icons import icon
from duli.web.backoffice.kit.personal import searchable
from duli.web.backoffice.kit.words import listed

Row = TypeVar("Row")
Words = str | Promise


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column. `phone` places it on a phone's card: "", "end", "wide" or "hidden"; `sort` names its order.

    `key` lets people choose and order it; without one it always stands where it is. An `extra` column is there
    for whoever asks for it.
    """

    label: Words
    cell: Callable[[Row], Cell]
    align: str = ""
    phone: str = ""
    sort: str = ""
    key: str = ""
    extra: bool = False
    named: bool = False
    """Whether a phone's card, which has no headings, writes the label before the cell: a bare number needs it."""
    filed: bool = True
    """Whether it is in a file of the list too; what only does something is not."""

    @property
    def classes(self) -> str:
        phone = {"hidden": "desk-only", "end": "phone-end", "wide": "phone-wide"}.get(self.phone, "")
        return " ".join(filter(None, [self.align, phone, "named" if self.named else ""]))


@dataclass(frozen=True, slots=True)
class View:
    """A tab: a name for a set of filter values."""

    key: str
    label: Words
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filter:
    """A chip. `kind` is "many" (tick any), "one" (tick one), "text" (write) or "days" (from and to)."""

    name: str
    label: Words
    choices: Sequence[tuple[str, Words]] = ()
    kind: str = "many"


@dataclass(frozen=True, slots=True)
class BulkVerb:
    """Something to do with the selected rows: `url` answers GET with a dialog; `direct` ones take a POST at once.

    `opens_page` verbs are plain pages (a print view), opened in a new tab, `same_tab` ones in this one; `more` ones
    stand behind a menu.
    """

    label: Words
    url: str
    icon: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    direct: bool = False
    opens_page: bool = False
    same_tab: bool = False
    more: bool = False
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list says when it has nothing: what will be here, and the next step."""

    title: Words
    text: Words
    icon: str = "package"
    action: Words = ""
    url: str = ""


class ListState:
    """What the address says about a list; values that no filter offers are ignored, texts are cut short."""

    def __init__(
        self,
        request: HttpRequest,
        *,
        views: Sequence[View] = (),
        filters: Sequence[Filter] = (),
        sorts: Sequence[str] = (),
    ) -> None:
        given = request.GET
        self.path = request.path
        self.query = searchable(one_line(given.get("q", ""), 100))
        self.after = given.get("after", "")[:200]
        view_keys = [view.key for view in views]
        chosen = given.get("view", "")
        self.view = chosen if chosen in view_keys else (view_keys[0] if view_keys else "")
        self.sort = given.get("sort", "") if given.get("sort", "") in sorts else (sorts[0] if sorts else "")
        saved = given.get("saved", "")
        self.saved = int(saved) if saved.isascii() and saved.isdigit() and len(saved) < 19 else 0
        self._default_view = view_keys[0] if view_keys else ""
        self._default_sort = sorts[0] if sorts else ""
        self.values: dict[str, list[str]] = {}
        for entry in filters:
            if entry.kind == "days":
                for name in (f"{entry.name}_from", f"{entry.name}_to"):
                    if self._day(given.get(name, "")):
                        self.values[name] = [given[name]]
                continue
            if entry.kind == "text":
                written = one_line(given.get(entry.name, ""), 100)
                if written:
                    self.values[entry.name] = [written]
                continue
            allowed = {key for key, _ in entry.choices}
            kept = [value for value in dict.fromkeys(given.getlist(entry.name)) if value in allowed]
            if kept:
                self.values[entry.name] = kept if entry.kind == "many" else kept[:1]

    @staticmethod
    def _day(text: str) -> date | None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None

    def many(self, name: str) -> list[str]:
        """Return the ticked values of a filter."""
        return self.values.get(name, [])

    def one(self, name: str) -> str:
        return next(iter(self.values.get(name, [])), "")

    def day(self, name: str) -> date | None:
        """Return a day; `name` ends in "_from" or "_to"."""
        return self._day(self.one(name))

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab narrows the list."""
        return bool(self.query or self.values)

    def pairs(self, *, without: Sequence[str] = (), after: str = "") -> list[tuple[str, str]]:
        """Return the address's parameters except those named in `without`."""
        pairs = [("view", self.view)] if self.view != self._default_view and "view" not in without else []
        if self.query and "q" not in without:
            pairs.append(("q", self.query))
        if self.sort != self._default_sort and "sort" not in without:
            pairs.append(("sort", self.sort))
        for name, values in self.values.items():
            if name not in without:
                pairs.extend((name, value) for value in values)
        if self.saved and "saved" not in without:
            pairs.append(("saved", str(self.saved)))
        if after:
            pairs.append(("after", after))
        return pairs

    @property
    def filter_query(self) -> str:
        """The address's filters as text, as a saved view keeps them and an export repeats them."""
        return urlencode(self.pairs(without=["saved"]))

    def url(self, pairs: Sequence[tuple[str, str]]) -> str:
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path


@dataclass(frozen=True, slots=True)
class Arranged(Generic[Row]):
    """What the person who looks has arranged of this list; `key` is the list's name in `kit/arranged.py`."""

    key: str
    chosen: tuple[str, ...] = ()
    views: tuple[ViewCopy, ...] = ()
    may_export: bool = False

    def pick(self, columns: Sequence[Column[Row]]) -> list[Column[Row]]:
        """Return the columns to show: the fixed ones where they are, then the chosen ones in their order."""
        if not self.chosen:
            return [column for column in columns if not column.extra]
        by_key = {column.key: column for column in columns if column.key}
        fixed = [column for column in columns if not column.key]
        return fixed + [by_key[key] for key in self.chosen if key in by_key]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter as the template draws it."""

    name: str
    label: Words
    kind: str
    summary: str
    active: bool
    choices: Sequence[tuple[str, Words, bool]]
    hidden: Sequence[tuple[str, str]]
    clear_url: str
    first: str = ""
    last: str = ""


class ResourceList(Generic[Row]):
    """A list on one screen: build it with the page's rows and hand it to `kit/list.html` as ``list``."""

    def __init__(
        self,
        state: ListState,
        *,
        rows: Sequence[Row],
        columns: Sequence[Column[Row]],
        empty: Empty,
        key: Callable[[Row], int],
        label: Callable[[Row], str],
        after: str = "",
        views: Sequence[View] = (),
        filters: Sequence[Filter] = (),
        bulk: Sequence[BulkVerb] = (),
        search: Words = "",
        caption: Words = "",
        arranged: Arranged[Row] | None = None,
        peek: Callable[[Row], str] | None = None,
    ) -> None:
        self.state = state
        self.arranged = arranged
        if arranged is not None:
            columns = arranged.pick(columns)
        self.columns = columns
        self.empty = empty
        self.bulk = bulk
        self.search = search
        self.caption = caption
        self._filters = filters
        self._views = views
        self.peeks = peek is not None
        self.rows = [
            (
                key(row),
                label(row),
                [(column, column.cell(row).html()) for column in columns],
                peek(row) if peek else "",
            )
            for row in rows
        ]
        self.next_url = state.url(state.pairs(after=after)) if after else ""
        self.first_url = state.url(state.pairs()) if state.after else ""

    @property
    def body(self) -> SafeString:
        """The rows of the table, written here: as a template, fifty of them cost more than the rest of the page."""
        openings = [
            f'<td class="{column.classes}"' + (f' data-name="{safe(column.label)}">' if column.named else ">")
            for column in self.columns
        ]
        select, preview = gettext("Select %(label)s"), gettext("Preview %(label)s")
        chevron = icon("chevron-down", "small")
        found = []
        for key, label, cells, peek in self.rows:
            named = {"label": str(label)}
            pick = (
                f'<td class="pick"><input class="check row-check" type="checkbox" name="id" value="{key}"'
                f' aria-label="{safe(select % named)}"></td>'
                if self.bulk
                else ""
            )
            row = "".join(f"{opening}{cell}</td>" for opening, (_, cell) in zip(openings, cells, strict=True))
            peeks = (
                f'<td class="peek-cell"><button class="button plain square small" type="button"'
                f' data-peek="{safe(peek)}" aria-expanded="false" aria-label="{safe(preview % named)}" hidden>'
                f"{chevron}</button></td>"
                if peek
                else ""
            )
            found.append(f"<tr data-row>{pick}{row}{peeks}</tr>")
        return SafeString("\n".join(found))

    @property
    def tabs(self) -> list[tuple[View, str, bool]]:
        """Each view with its address and whether it is the chosen one; the search stays, filters do not."""
        result = []
        for view in self._views:
            pairs = [("view", view.key)] if view is not self._views[0] else []
            if self.state.query:
                pairs.append(("q", self.state.query))
            current = view.key == self.state.view and not self.own_view
            result.append((view, self.state.url(pairs), current))
        return result

    @property
    def own_view(self) -> ViewCopy | None:
        """The saved view that is open, if it is one that this person sees."""
        views = self.arranged.views if self.arranged else ()
        return next((view for view in views if view.id == self.state.saved), None)

    @property
    def saved_tabs(self) -> list[tuple[ViewCopy, str, bool]]:
        """Each saved view with its address and whether it is the open one."""
        views = self.arranged.views if self.arranged else ()
        return [
            (view, f"{self.state.path}?{view.query}{'&' if view.query else ''}saved={view.id}", view == self.own_view)
            for view in views
        ]

    @property
    def has_tabs(self) -> bool:
        return bool(self._views)

    @property
    def tab_links(self) -> SafeString:
        return list_parts.tabs(self.tabs, self.saved_tabs)

    @property
    def verb_buttons(self) -> SafeString:
        return list_parts.verbs(verb for verb in self.bulk if not verb.more)

    @property
    def more_buttons(self) -> SafeString:
        return list_parts.verbs((verb for verb in self.bulk if verb.more), in_menu=True)

    @property
    def chips(self) -> list[Chip]:
        return [self._chip(entry) for entry in self._filters if self._offers(entry)]

    @property
    def has_chips(self) -> bool:
        return any(map(self._offers, self._filters))

    @property
    def chip_forms(self) -> SafeString:
        return list_parts.chips(self.chips, self.state.path)

    @staticmethod
    def _offers(entry: Filter) -> bool:
        return bool(entry.choices) or entry.kind in {"days", "text"}

    def _chip(self, entry: Filter) -> Chip:
        state = self.state
        if entry.kind == "days":
            names = [f"{entry.name}_from", f"{entry.name}_to"]
            first, last = (state.one(name) for name in names)
            rest = state.pairs(without=names)
            summary = " – ".join([first or "…", last or "…"]) if first or last else ""
            return Chip(entry.name, entry.label, "days", summary, bool(summary), (), rest, state.url(rest), first, last)
        chosen = state.many(entry.name)
        if entry.kind == "text":
            rest = state.pairs(without=[entry.name])
            text = state.one(entry.name)
            return Chip(entry.name, entry.label, "text", text, bool(text), (), rest, state.url(rest), text)
        rest = state.pairs(without=[entry.name])
        words = [str(text) for value, text in entry.choices if value in chosen]
        choices = [(value, text, value in chosen) for value, text in entry.choices]
        return Chip(entry.name, entry.label, entry.kind, listed(words), bool(chosen), choices, rest, state.url(rest))

    @property
    def search_fields(self) -> SafeString:
        return list_parts.hidden_fields(self.state.pairs(without=["q"]))

    @property
    def clear_url(self) -> str:
        return self.state.url([("view", self.state.view)] if self.state.view else [])

    @property
    def headers(self) -> list[tuple[Column[Row], str, bool]]:
        """Each column with the address that sorts by it (empty if it does not) and whether it is sorted by now."""
        return [
            (
                column,
                self.state.url([*self.state.pairs(without=["sort"]), ("sort", column.sort)]) if column.sort else "",
                bool(column.sort) and column.sort == self.state.sort,
            )
            for column in self.columns
        ]

    @property
    def headings(self) -> SafeString:
        return list_parts.headings(self.headers)


def wants_list_only(request: HttpRequest) -> bool:
    """Whether only the list is to be swapped in (a tab, a filter, the next page)."""
    return request.headers.get("HX-Target") == "list"


def list_response(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    """Answer with the whole screen, or with its list alone if that is all that is swapped."""
    from duli.web.backoffice.shell import render

    if wants_list_only(request):
        return render(request, "backoffice/kit/list.html", context)
    return render(request, template, context)
