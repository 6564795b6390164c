from __future__ import annotations

import hashlib
from collections.abc import Iterable

from duli.base.text import plain_text
from duli.commerce.copywriting.models import GeneratedText


def digest(text: str) -> str:
    """Return what a text is known by: what its reader sees, whatever tags and spaces an editor puts around it."""
    return hashlib.sha256("".join(plain_text(text).split()).encode()).hexdigest()


def generated(texts: Iterable[str]) -> set[str]:
    """Return which of these texts stand as a language model suggested them (one query, none without texts)."""
    digests = {digest(text): text for text in texts if text.strip()}
    if not digests:
        return set()
    found = GeneratedText.objects.filter(digest__in=digests).values_list("digest", flat=True)
    return {digests[name] for name in found}
