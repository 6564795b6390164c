"""Why goods come back, as the merchant words it: the usual reasons until somebody writes others."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import override

from duli.commerce.orders.return_terms import policy
from duli.commerce.orders.states import ReturnReason
from duli.platform.store.selectors import current_store


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason with its words by language. A hidden one is offered no more; returns that name it stay readable."""

    code: str
    texts: dict[str, str] = field(default_factory=dict)
    is_hidden: bool = False

    def label(self, language: str) -> str:
        """Return the words in the language, else in the shop's own, else any there are."""
        own = self.texts.get(current_store().default_language, "")
        return self.texts.get(language) or own or next(iter(self.texts.values()), self.code)


def reasons(languages: tuple[str, ...]) -> list[Reason]:
    """Return every reason, hidden ones too; the usual ones are worded in `languages`."""
    written = policy().reasons
    if written:
        return [Reason(row["code"], dict(row["texts"]), bool(row.get("hidden"))) for row in written]
    found = []
    for code in ReturnReason.values:
        texts = {}
        for language in languages:
            with override(language):
                texts[language] = str(ReturnReason(code).label)
        found.append(Reason(code, texts))
    return found


def offered(language: str) -> list[tuple[str, str]]:
    """Return (code, words) of the reasons that may be chosen, in the order of the merchant."""
    return [(row.code, row.label(language)) for row in reasons((language,)) if not row.is_hidden]


def words_of(code: str, language: str) -> str:
    """Return a reason in words, whether it is still offered or not."""
    for row in reasons((language,)):
        if row.code == code:
            return row.label(language)
    with override(language):
        return str(ReturnReason(code).label) if code in ReturnReason.values else code
