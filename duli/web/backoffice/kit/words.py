"""Words beside each other, as the reader's language writes them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import pgettext


def listed(words: Iterable[str | Promise]) -> str:
    """Return names one after the other: "Austria, France", 奥地利、法国. What is typed back in takes commas."""
    return pgettext("between the names of a list", ", ").join(map(str, words))
