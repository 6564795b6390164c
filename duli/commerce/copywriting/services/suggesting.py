"""Asking for words. Each verb asks the model once, outside of any transaction, and marks what came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.commerce.copywriting import questions
from duli.commerce.copywriting.models import GeneratedText
from duli.commerce.copywriting.selectors import digest
from duli.commerce.copywriting.types import (
    LONGEST,
    MOST_NOTES,
    MOST_SOURCE,
    MOST_TRANSLATED,
    TONES,
    AnswerUnreadable,
    NothingToTranslate,
    ProductFacts,
    TooMuchText,
)
from duli.platform.language_models.provider import Picture, Question
from duli.platform.language_models.services import ask
from duli.platform.media.renditions import rendition
from duli.platform.media.selectors import image_views
from duli.platform.media.types import widths_for
from duli.platform.store.selectors import languages

PICTURE_WIDTH = 960
"""Wide enough to see what is sold; a model counts what it is shown by size."""


def suggest_texts(
    *,
    facts: ProductFacts,
    language: str,
    fields: Sequence[str],
    texts: Mapping[str, str],
    tone: str,
    notes: str,
    reference: str = "",
    actor: str,
) -> dict[str, str]:
    """Return texts for a product by field ("title", "description_html", "seo_title", "seo_description").

    `texts` is what stands in the fields now, `notes` what the person says about the goods. HTML is cleaned as any that
    is typed. A field that the model left out is missing. Raises InvalidInput (`field`), TooMuchText, AnswerUnreadable,
    and what asking raises (NoLanguageModel, BudgetSpent, ModelUnavailable, ModelRefused).
    """
    _require(language, fields)
    if tone not in TONES:
        raise InvalidInput(field="tone")
    notes = notes.strip()
    if len(notes) > MOST_NOTES or "\x00" in notes:
        raise InvalidInput(field="notes")
    about = {"title": facts.title, **dict(facts.pairs)}
    current = {name: texts[name] for name in fields if texts.get(name)}
    _require_sendable([*about.values(), *current.values()])
    question = questions.to_write(language=language, fields=fields, texts=current, facts=about, tone=tone, notes=notes)
    return _asked(question, fields, "product.write", reference, actor)


def translate_texts(
    *, texts: Mapping[str, str], source: str, language: str, reference: str = "", actor: str
) -> dict[str, str]:
    """Return a product's texts (by field, in the language `source`) in another language of the shop.

    Empty texts are left out. Raises NothingToTranslate, InvalidInput, TooMuchText, AnswerUnreadable, and what asking
    raises.
    """
    given = {name: text for name, text in texts.items() if text.strip()}
    _require(language, list(texts))
    if source not in languages() or source == language:
        raise InvalidInput(field="language")
    if not given:
        raise NothingToTranslate()
    _require_sendable(given.values(), MOST_TRANSLATED)
    question = questions.to_translate(source=source, language=language, texts=given)
    return _asked(question, list(given), "product.translate", reference, actor)


def describe_picture(*, asset_id: int, title: str, reference: str = "", actor: str) -> dict[str, str]:
    """Return a description of a picture for each language of the shop, for people who cannot see it.

    Raises NotFound (no such picture), TooMuchText, AnswerUnreadable, and what asking raises.
    """
    view = image_views([asset_id]).get(asset_id)
    if view is None:
        raise NotFound()
    _require_sendable([title])
    widths = widths_for(view.width)
    width = max((step for step in widths if step <= PICTURE_WIDTH), default=widths[0])
    opened = rendition(asset_id=asset_id, hash=view.hash, width=width, extension="jpg")
    with opened.stream as stream:
        picture = Picture(stream.read(), "image/jpeg")
    wanted = list(languages())
    question = questions.to_describe(languages=wanted, facts={"title": title}, picture=picture)
    return _asked(question, wanted, "picture.describe", reference, actor)


def _require(language: str, fields: Sequence[str]) -> None:
    if language not in languages():
        raise InvalidInput(field="language")
    if not fields or any(name not in LONGEST for name in fields):
        raise InvalidInput(field="fields")


def _require_sendable(texts: Iterable[str], most: int = MOST_SOURCE) -> None:
    if sum(len(text) for text in texts) > most:
        raise TooMuchText(most=most)


def _asked(question: Question, fields: Sequence[str], purpose: str, reference: str, actor: str) -> dict[str, str]:
    reply = ask(question=question, purpose=purpose, reference=reference, actor=actor)
    if reply.is_cut:
        raise AnswerUnreadable()
    found = questions.texts_of(reply.text, fields)
    _mark(found.values())
    return found


@transaction.atomic
def _mark(texts: Iterable[str]) -> None:
    instant = now()
    rows = [GeneratedText(digest=name, created_at=instant) for name in dict.fromkeys(map(digest, texts))]
    GeneratedText.objects.bulk_create(rows, ignore_conflicts=True)
