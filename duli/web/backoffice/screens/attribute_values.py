"""The values of one attribute: the list of a choice or colour, and what values are called in other languages."""

from __future__ import annotations

from dataclasses import dataclass, field

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, InvalidInput, sentence
from duli.base.text import one_line
from duli.commerce.catalogue import services
from duli.commerce.catalogue.models import Attribute
from duli.commerce.catalogue.selectors import attribute_value_names, listed_values
from duli.commerce.catalogue.services.attributes import MAXIMUM_VALUES
from duli.commerce.catalogue.states import LISTED, AttributeKind
from duli.commerce.catalogue.types import AttributeValueDraft
from duli.platform.accounts.permissions import allowed
from duli.platform.store.seen import Seen
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import go_to, note_error
from duli.web.backoffice.kit.seen import Guard, Overtaken
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.product_form import other_languages
from duli.web.backoffice.selectors import organise as reads
from duli.web.backoffice.shell import render

NEW_ROWS = 3
_SAYS = {
    "swatch": _("Write a colour as # and six signs, such as #2f6f62."),
    "values": _("Every value needs a name, and each name only once."),
}


@dataclass(slots=True)
class ValueRow:
    """A value as the page shows it, with what was typed; `names` are (language, its name, the text)."""

    key: str
    id: int | None
    text: str = ""
    swatch: str = ""
    products: int = 0
    names: list[tuple[str, str, str]] = field(default_factory=list)
    removed: bool = False


def _rows(attribute: Attribute) -> list[ValueRow]:
    languages = other_languages()
    if attribute.kind in LISTED:
        return [
            ValueRow(
                str(place),
                value.id,
                value.text,
                value.swatch,
                value.products,
                [(code, name, value.names.get(code, "")) for code, name in languages],
            )
            for place, value in enumerate(listed_values(attribute.pk))
        ]
    return [
        ValueRow(
            str(place),
            None,
            entry.text,
            "",
            entry.products,
            [(code, name, entry.names.get(code, "")) for code, name in languages],
        )
        for place, entry in enumerate(attribute_value_names(attribute.pk, MAXIMUM_VALUES))
    ]


def _typed(request: HttpRequest, stored: list[ValueRow]) -> list[ValueRow]:
    """Return the rows in the order that was wished, with what was typed; empty new ones are left out."""
    data = request.POST
    used = {row.id: row.products for row in stored}
    found: list[tuple[float, ValueRow]] = []
    for place, key in enumerate(data.getlist("row")[: MAXIMUM_VALUES + NEW_ROWS]):
        raw = data.get(f"id-{key}", "")
        pk = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else None
        row = ValueRow(
            key,
            pk,
            one_line(data.get(f"text-{key}", ""), 256),
            one_line(data.get(f"swatch-{key}", ""), 20),
            used.get(pk, 0),
            [(code, name, one_line(data.get(f"name-{key}-{code}", ""), 401)) for code, name in other_languages()],
            f"off-{key}" in data,
        )
        if not row.text and pk is None:
            continue
        wished = data.get(f"place-{key}", "")
        order = float(wished) if wished.isascii() and wished.isdigit() and len(wished) < 6 else place + 1
        found.append((order, row))
    return [row for _order, row in sorted(found, key=lambda entry: entry[0])]


def _in_words(rows: list[ValueRow]) -> str:
    """Return the values as somebody reads them who wrote others meanwhile."""
    words = []
    for row in rows:
        more = [row.swatch, *(text for _code, _name, text in row.names)]
        beside = ", ".join(filter(None, more))
        words.append(f"{row.text} ({beside})" if beside else row.text)
    return " · ".join(words)


def _save(request: HttpRequest, attribute: Attribute, rows: list[ValueRow], seen: Seen) -> None:
    if attribute.kind in LISTED:
        services.save_attribute_values(
            attribute_id=attribute.pk,
            values=[
                AttributeValueDraft(row.text, row.swatch, row.id, {code: text for code, _name, text in row.names})
                for row in rows
                if not row.removed
            ],
            actor=actor_of(request),
            seen=seen,
        )
        return
    services.save_attribute_value_names(
        attribute_id=attribute.pk,
        names={
            code: {row.text: row.names[place][2] for row in rows}
            for place, (code, _name) in enumerate(other_languages())
        },
        actor=actor_of(request),
        seen=seen,
    )


@screen("catalogue.view", write="catalogue.edit")
def attribute_values(request: HttpRequest, attribute_id: int) -> HttpResponse:
    """The list, or of a text the words that products use; POST saves all of it."""
    attribute = reads.found(Attribute, attribute_id)
    stored = _rows(attribute)
    rows, problem, status = stored, "", 200
    form = forms.Form(request.POST)
    guard = Guard(request, form, lambda: {"values": _in_words(_rows(attribute))})
    if request.method == "POST":
        rows = _typed(request, stored)
        try:
            _save(request, attribute, rows, guard.check)
        except Overtaken as error:
            note_error(form, error)
            status = error.status
        except DuliError as error:
            says = _SAYS.get(str(error.params.get("field"))) if type(error) is InvalidInput else None
            problem, status = str(says) if says else sentence(error), error.status
        else:
            toast(request, gettext("Saved"))
            return go_to(request, request.path)
    listed = attribute.kind in LISTED
    may_edit = allowed(request.user, "catalogue.edit")
    names = [(code, name, "") for code, name in other_languages()]
    fresh = [ValueRow(f"new{place}", None, names=names) for place in range(NEW_ROWS)] if listed and may_edit else []
    context = {
        "here": "products.attributes",
        "attribute": attribute,
        "rows": rows,
        "fresh": fresh,
        "listed": listed,
        "worded": listed or attribute.kind == AttributeKind.TEXT,
        "coloured": attribute.kind == AttributeKind.COLOUR,
        "languages": other_languages(),
        "form": form,
        "seen": guard.mark,
        "problem": problem,
        "may_edit": may_edit,
    }
    return render(request, "backoffice/organise/values.html", context, status=status)
