from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from duli.base.errors import DuliError


def _(message: str) -> str:
    return message


TextName = Literal["title", "description_html", "seo_title", "seo_description"]
LONGEST: Final[dict[str, int]] = {"title": 255, "description_html": 200_000, "seo_title": 200, "seo_description": 400}
"""The texts of a product, and how many characters the editor takes of each."""
ALT_LENGTH: Final = 255
TONES: Final = ("plain", "warm", "lively", "elegant")
MOST_NOTES: Final = 2000
MOST_SOURCE: Final = 20_000
"""So many characters of a product's texts are sent at most."""
MOST_TRANSLATED: Final = 6_000
"""So many are translated at once: services answer with some 8,000 tokens at most."""


class AnswerUnreadable(DuliError):
    """The model answered with something that is not what was asked for."""

    code = "language_model_unreadable"
    message = _("The language model's answer cannot be used. Please try again, or choose another model.")
    status = 409


class TooMuchText(DuliError):
    """The texts are longer than a model is sent at once. Parameters: most (characters)."""

    code = "too_much_text"
    message = _("The texts are too long to be sent at once: %(most)s characters at most.")
    status = 422


class NothingToTranslate(DuliError):
    code = "nothing_to_translate"
    message = _("There is no text to translate yet.")
    status = 409


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What is known of a product, as it stands in the editor: (name, value) pairs in the shop's own language."""

    title: str
    pairs: tuple[tuple[str, str], ...] = ()
