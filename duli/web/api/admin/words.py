"""Words in other languages, as calls bring them."""

from __future__ import annotations

from collections.abc import Mapping

from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.platform.store.selectors import current_store, languages


def words_of(texts: Mapping[str, str], *, field: str = "texts") -> dict[str, str]:
    """Return {language: words}, each on one line. InvalidInput(field) for one of no other language of the shop."""
    own = current_store().default_language
    if not set(texts) <= {code for code in languages() if code != own}:
        raise InvalidInput(field=field)
    return {language: one_line(words) for language, words in texts.items()}
