"""From a template and plain data to a message: subject, HTML in the shop's frame, and plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from duli.base.text import one_line
from duli.platform.mail import sources
from duli.platform.mail.plain import plain
from duli.platform.mail.states import Channel
from duli.platform.mail.types import PROBLEMS, Composed, Source, TemplateBroken
from duli.platform.store.selectors import current_store
from duli.platform.themes.text import markup, render_text
from duli.platform.themes.types import SourceRefused

MAXIMUM_SUBJECT = 200
Render = Callable[..., str]


def shop_facts(language: str) -> dict[str, str]:
    """Return what every message may say of the shop, as the variable `shop`."""
    store = current_store(language)
    return {
        "name": store.name,
        "legal_name": store.legal_name,
        "address": store.address,
        "registration": store.registration,
        "email": store.email,
        "phone": store.phone,
        "accent": store.accent,
        "on_accent": text_on(store.accent),
        "url": page_url("/", language),
    }


def page_url(path: str, language: str) -> str:
    """Return the public address of a page of the shop in `language`; its own language has no prefix."""
    prefix = "" if language == current_store().default_language else f"/{language}"
    return f"{settings.PUBLIC_URL}{prefix}{path}"


def text_on(colour: str) -> str:
    """Return white or near-black, whichever contrasts more with `colour` ("#2f6f62")."""
    try:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    except ValueError:
        return "#ffffff"
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.0605 else "#1c1d1f"


def compose(
    source: Source, *, channel: str, language: str, context: Mapping[str, Any], render: Render = render_text
) -> Composed:
    """Render `source` for readers of `language`. Raises TemplateBroken(message=, line=, part=).

    `context` is plain data or dataclasses; everything in it is escaped in HTML.
    """
    values = _values(context, language)
    if channel == Channel.SMS:
        return Composed("", "", one_line(_part("body", render, source.body, values, html=False)))
    subject = one_line(_part("subject", render, source.subject, values, html=False), MAXIMUM_SUBJECT)
    body = _part("body", render, source.body, values, html=True)
    return Composed(subject, _framed(subject, body, values), plain(body) + _signature(values["shop"]))


def _values(context: Mapping[str, Any], language: str) -> dict[str, Any]:
    values = {name: _as_data(value) for name, value in context.items()}
    return values | {"shop": shop_facts(language), "language": language}


def compose_parameters(
    parameters: Sequence[tuple[str, str]], *, language: str, context: Mapping[str, Any], render: Render = render_text
) -> tuple[tuple[str, str], ...]:
    """Fill in the variables of a service's template, (name, text in Jinja syntax) each. Raises TemplateBroken."""
    values = _values(context, language)
    return tuple((name, one_line(_part(name, render, text, values, html=False))) for name, text in parameters)


def _part(part: str, render: Render, source: str, values: Mapping[str, Any], *, html: bool) -> str:
    try:
        return render(source, values, html=html)
    except SourceRefused as error:
        problem, line = str(error.params["message"]), error.params["line"]
        raise TemplateBroken(
            part=part, line=line, message=gettext(problem) if problem in PROBLEMS else problem
        ) from None


def _as_data(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _framed(subject: str, body: str, values: Mapping[str, Any]) -> str:
    import css_inline  # only whoever writes mails needs it

    base, _, rest = values["language"].partition("-")
    lang = f"{base}-{rest.title() if len(rest) == 4 else rest.upper()}" if rest else base
    page = render_text(
        sources.frame(), {"shop": values["shop"], "lang": lang, "subject": subject, "content": markup(body)}, html=True
    )
    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False).inline(page)


def _signature(shop: Mapping[str, str]) -> str:
    facts = [shop["legal_name"] or shop["name"], shop["address"], shop["registration"], shop["email"], shop["phone"]]
    return "\n\n-- \n" + "\n".join([*filter(None, facts), shop["url"]])
