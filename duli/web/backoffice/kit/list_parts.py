"""What stands around the rows of a list, as HTML: tabs, search, chips, headings, verbs.

A list has some sixty links and fields there, each with four or five values. Written as templates they cost five times
what they cost here, which was more than the page's statements; `kit/list.html` says what stands where.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from duli.platform.desk.types import ViewCopy
from duli.web.backoffice.kit.cells import safe
from duli.web.backoffice.kit.icons import icon

if TYPE_CHECKING:
    from duli.web.backoffice.kit.listing import BulkVerb, Chip, Column, View, Words


STAYS = frozenset({"many", "days"})
"""Kinds of filters that take several values: they stay open while one is chosen after the other."""


def swap_link(url: str, words: Words, *, classes: str = "", attributes: str = "") -> str:
    """A link that swaps the list in without loading the page; `words` may be HTML."""
    address, named = safe(url), f' class="{classes}"' if classes else ""
    return f'<a{named} href="{address}"{attributes} hx-get="{address}" hx-push-url="true">{safe(words)}</a>'


def hidden_fields(pairs: Iterable[tuple[str, str]]) -> SafeString:
    """Values that a form sends along."""
    return SafeString(
        "".join(f'<input type="hidden" name="{safe(name)}" value="{safe(value)}">' for name, value in pairs)
    )


def tabs(views: Iterable[tuple[View, str, bool]], saved: Iterable[tuple[ViewCopy, str, bool]]) -> SafeString:
    """The views of the list, and then those that somebody saved."""
    current = {True: ' aria-current="page"', False: ""}
    links = [swap_link(url, view.label, attributes=current[on]) for view, url, on in views]
    links += [
        swap_link(url, SafeString(safe(view.name) + (_shared() if view.is_shared else "")), attributes=current[on])
        for view, url, on in saved
    ]
    return SafeString("".join(links))


def _shared() -> str:
    words = safe(gettext("Everybody sees this view"))
    return f'<span class="tab-mark" title="{words}">{icon("users-round", "small")}</span>'


def chips(entries: Sequence[Chip], path: str) -> SafeString:
    """The filters, each a menu with a form of its own."""
    action = f'action="{safe(path)}" hx-get="{safe(path)}" hx-push-url="true" hx-trigger="submit, change"'
    # A second tick may come before the first is answered. The form holds both: the later question is what counts.
    action += ' hx-sync="this:replace"'
    chevron, apply, clear = icon("chevron-down", "small"), safe(gettext("Apply")), gettext("Clear")
    found = []
    for chip in entries:
        label = safe(chip.label) + (f": {safe(chip.summary)}" if chip.summary else "")
        undo = swap_link(chip.clear_url, clear, classes="link") if chip.active else ""
        stays = f' data-stays="{safe(chip.name)}"' if chip.kind in STAYS else ""
        found.append(
            f'<details class="chip{" on" if chip.active else ""}" name="chip"{stays}>'
            f"<summary>{label}{chevron}</summary>"
            f'<form class="pop" method="get" {action}>{hidden_fields(chip.hidden)}{_fields(chip)}'
            f'<div class="row apart"><button class="button small">{apply}</button>{undo}</div></form></details>'
        )
    return SafeString("".join(found))


def _fields(chip: Chip) -> str:
    name, label = safe(chip.name), safe(chip.label)
    if chip.kind == "days":
        return "".join(
            f'<label class="field"><span class="field-label">{safe(words)}</span>'
            f'<input class="input" type="date" name="{name}_{end}" value="{safe(value)}"></label>'
            for end, words, value in (
                ("from", pgettext("days", "From"), chip.first),
                ("to", pgettext("days", "To"), chip.last),
            )
        )
    if chip.kind == "text":
        return (
            f'<label class="field"><span class="visually-hidden">{label}</span><input class="input" type="text"'
            f' name="{name}" value="{safe(chip.first)}" maxlength="100" autocomplete="off"></label>'
        )
    kind = "radio" if chip.kind == "one" else "checkbox"
    return "".join(
        f'<label class="pop-choice"><input class="check" type="{kind}" name="{name}" value="{safe(value)}"'
        f"{' checked' if on else ''}>{safe(text)}</label>"
        for value, text, on in chip.choices
    )


def headings(columns: Iterable[tuple[Column[Any], str, bool]]) -> SafeString:
    """The columns' names; where a column has an order of its own, as links that sort by it."""
    found = []
    for column, url, current in columns:
        words = safe(column.label)
        if url:
            mark = icon("chevron-down", "small") if current else ""
            words = swap_link(url, SafeString(f"{words}{mark}"))
        sorted_by = ' aria-sort="other"' if current else ""
        found.append(f'<th scope="col" class="{column.classes}"{sorted_by}>{words}</th>')
    return SafeString("".join(found))


def verbs(entries: Iterable[BulkVerb], *, in_menu: bool = False) -> SafeString:
    """Buttons that do something with the selected rows."""
    return SafeString("".join(_verb(entry, in_menu=in_menu) for entry in entries))


def _verb(verb: BulkVerb, *, in_menu: bool) -> str:
    classes = f' class="menu-item{" danger" if verb.danger else ""}"' if in_menu else ""
    url = safe(verb.url)
    fields = "".join(f' name="{safe(name)}" value="{safe(value)}"' for name, value in verb.fields.items())
    if verb.opens_page:
        answer = ' formtarget="_blank"'
    elif verb.same_tab:
        answer = ""
    else:
        method = "post" if verb.direct else "get"
        answer = f' hx-{method}="{url}" hx-include="closest form" hx-target="#dialog-slot" hx-swap="innerHTML"'
    return f'<button{classes} formaction="{url}"{fields}{answer}>{safe(verb.label)}</button>'
