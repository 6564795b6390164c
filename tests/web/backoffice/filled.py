"""What a browser would send of a form on a page, as it stands there."""

from __future__ import annotations

from html.parser import HTMLParser


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._area = ""
        self._select = ""
        self._first = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.forms.append({})
        elif not self.forms:
            return
        elif tag == "input" and name and given.get("type") not in {"submit", "button", "file"}:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                default = "on" if given.get("type") == "checkbox" else ""
                self._add(name, given.get("value", default))
        elif tag == "textarea":
            self._area = name
            self._add(name, "")
        elif tag == "select":
            self._select, self._first = name, ""
        elif tag == "option" and self._select:
            if "selected" in given:
                self._add(self._select, given.get("value", ""))
            elif not self._first:
                self._first = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            # A browser leaves out the first line break.
            self.forms[-1][self._area][-1] = self.forms[-1][self._area][-1].removeprefix("\n")
            self._area = ""
        elif tag == "select" and self._select:
            if self._select not in self.forms[-1] and self._first:
                self._add(self._select, self._first)
            self._select = ""

    def _add(self, name: str, value: str) -> None:
        self.forms[-1].setdefault(name, []).append(value)


def filled(page: str, field: str) -> dict[str, list[str]]:
    """Return the values of the form that has this field."""
    parser = _Forms()
    parser.feed(page)
    return next(form for form in parser.forms if field in form)
