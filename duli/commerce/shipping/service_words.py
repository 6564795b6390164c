"""What a carrier's service is called, from the code under which sellers of labels list it ("GroundAdvantage")."""

from __future__ import annotations

import re

_SEAM = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=\d)")
_AS_THEY_ARE = {"UPS", "USPS", "DHL", "DPD", "GLS", "TNT", "AM", "PM", "EU", "US"}
_NAMES = {"FEDEX": "FedEx"}


def service_words(code: str, carrier: str = "") -> str:
    """Return a service in words, without the carrier's name that stands before it anyway; words stay as they are."""
    if " " in code.strip():
        return code.strip()
    words = [_word(word) for part in code.split("_") for word in _SEAM.sub(" ", part).split()]
    if len(words) > 1 and words[0].casefold() == carrier.strip().casefold():
        del words[0]
    return " ".join(words)


def _word(word: str) -> str:
    if word in _AS_THEY_ARE or not word.isupper():
        return word
    return _NAMES.get(word, word.capitalize())
