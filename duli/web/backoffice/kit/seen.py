"""Two people on one form: what somebody saved since it was opened is shown, and never written over unseen.

A form that changes something stored carries a mark of each value it was opened with (`Guard.mark`, as ``seen`` in the
template's context; `form_errors.html` writes it into the form). When it comes back, its verb takes `Guard.check` as
``seen`` and calls it behind its lock (`platform.store.seen`): there the marks are compared with what is stored. What
only the other person changed is filled in; where both changed the same, what was typed stays and what is stored stands
beside it. Nothing is saved until the person has seen that and saves again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext

from duli.base.errors import Conflict
from duli.web.backoffice.kit.words import listed

Words = str | Promise
SEEN = "seen"
LONGEST_MARK = 20_000
LONGEST_SHOWN = 2000


class Overtaken(Conflict):
    """Somebody else saved the same form since it was opened."""

    code = "overtaken"
    message = (
        "Somebody else saved this while you were writing. Nothing is lost: what they changed is marked below. "
        "Look at it and save again."
    )


class Guard:
    """A form over what is stored: `read` tells its values now; names that are no field count too (rows beside it)."""

    def __init__(self, request: HttpRequest, form: forms.Form, read: Callable[[], Mapping[str, Any]]) -> None:
        self._request, self._form, self._read = request, form, read
        self._stored = read()
        self._opened_with = request.POST.get(SEEN, "")[:LONGEST_MARK]

    @property
    def mark(self) -> str:
        """A mark of each stored value, for the form. One that comes back for another reason keeps what it had."""
        if self._opened_with:
            return self._opened_with
        return json.dumps(_marks(self._form, self._stored), separators=(",", ":"))

    def check(self) -> None:
        """Raise `Overtaken`, with the form telling what is where, if a value is not what the form was opened with.

        For the verb that saves, to be called behind its lock. A form that comes without marks is not compared: it was
        not opened on a page.
        """
        self._stored = self._read()
        self._opened_with = ""
        _compare(self._request, self._form, self._stored)


def _compare(request: HttpRequest, form: forms.Form, stored: Mapping[str, Any]) -> None:
    before = _read_marks(request.POST.get(SEEN, ""))
    now = _marks(form, stored)
    theirs = [name for name, mark in now.items() if before.get(name, mark) != mark]
    fields = {name for name in theirs if name in form.fields}
    typed = {name: _mark(form[name].data) for name in fields}
    # Both wrote the same: there is nothing to choose.
    open_questions = [name for name in theirs if name not in fields or typed[name] != now[name]]
    if not open_questions:
        return
    data = QueryDict(mutable=True)
    data.update(form.data)
    form.data = data
    for name in open_questions:
        if name not in fields:
            form.add_error(None, gettext("Somebody else saved this: %(value)s") % {"value": _shown(None, stored[name])})
            continue
        field = form.fields[name]
        value = field.prepare_value(stored.get(name))
        if typed[name] == before[name]:
            _put(data, form.add_prefix(name), value)
            form.add_error(name, gettext("Somebody else changed this; it shows what they saved."))
        else:
            shown = _shown(field, value)
            form.add_error(name, gettext("Somebody else saved “%(value)s”. Yours is kept here.") % {"value": shown})
    raise Overtaken()


def _marks(form: forms.Form, stored: Mapping[str, Any]) -> dict[str, str]:
    marks = {name: _mark(value) for name, value in stored.items() if name not in form.fields}
    for name, field in form.fields.items():
        if not isinstance(field, forms.FileField):
            marks[name] = _mark(field.prepare_value(stored.get(name)))
    return marks


def _mark(value: Any) -> str:
    return hashlib.sha256(_plain(value).encode()).hexdigest()[:12]


def _plain(value: Any) -> str:
    """Write a value the way it comes back from a browser, whatever the widget made of it."""
    if value is None or value is False:
        return ""
    if isinstance(value, (list, tuple, set, frozenset)):
        return json.dumps(sorted(map(str, value)))
    return str(value).replace("\r\n", "\n").strip()


def _read_marks(text: str) -> dict[str, str]:
    try:
        found = json.loads(text[:LONGEST_MARK])
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(mark) for name, mark in found.items()} if isinstance(found, dict) else {}


def _put(data: QueryDict, name: str, value: Any) -> None:
    """Make the form's data say `value` for one field."""
    if value is None or value is False:
        data.pop(name, None)
    elif isinstance(value, (list, tuple, set, frozenset)):
        data.setlist(name, [str(entry) for entry in value])
    else:
        data[name] = str(value)


def _shown(field: forms.Field | None, value: Any) -> str:
    """Return a stored value as a person reads it."""
    if isinstance(value, bool):
        return gettext("ticked") if value else gettext("not ticked")
    names = {str(key): str(words) for key, words in getattr(field, "choices", ())}
    if isinstance(value, (list, tuple, set, frozenset)):
        return listed(names.get(str(entry), str(entry)) for entry in value) or gettext("nothing")
    text = names.get(str(value), str(value)) if value is not None else ""
    return text[:LONGEST_SHOWN] or gettext("nothing")
