"""Whose tracking number is this? Formats with their check digits, told apart by how much each of them asks for.

Several carriers may use the same form, so the answer is a list: what a check digit proves comes first, and of two
proven formats the one that fewer numbers pass by chance; then formats without a check digit; then those of them that
fit nearly everything. A number whose check digit is wrong is never taken for that format's.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from duli.commerce.shipping.checksums import CHECKS

LONGEST = 48
_COURIERS = Path(__file__).with_name("couriers")
_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z])")

_CARRIERS = {
    "canada_post": "canadapost",
    "old_dominion": "olddominion",
}
"""The data's couriers that we call otherwise."""

_POSTS = {
    "AU": "auspost",
    "CA": "canadapost",
    "CN": "ems",
    "DE": "dhlpaket",
    "FR": "laposte",
    "GB": "royalmail",
    "HK": "hkpost",
    "JP": "japanpost",
    "NL": "postnl",
    "SG": "singpost",
    "US": "usps",
}
"""Posts with a page of their own, by the country at the end of their numbers."""

_NARROW = {"s10", "old_dominion", "purolator", "dpd", "usps"}
"""Couriers whose proven formats fix more than the others': where both fit, a number of theirs it is."""

_WIDE = {"dhl_express_piece_id", "dhl_ecommerce", "dhl_ecommerce_14"}
"""Formats without a check digit that leave the length open or fix no character: named after all others."""

_UNPROVEN: tuple[tuple[str, str], ...] = (
    ("sf", r"SF\d{13}"),
    ("yto", r"YT\d{13}"),
    ("jtexpress", r"JT\d{13}"),
    ("jd", r"JD[A-Z]{0,3}\d{10,13}"),
    ("zto", r"7[3568]\d{12,13}"),
    ("sto", r"77[0-9]\d{12}"),
    ("yunda", r"(?:31|43|46|38)\d{11,13}"),
    ("ems", r"(?:10|11|95|98|99)\d{11}"),
    ("deppon", r"DPK\d{12}"),
    ("fourpx", r"4PX\d{13}CN"),
    ("yanwen", r"[A-Z]{2}\d{9}YP"),
    ("cainiao", r"(?:LP|CN)\d{14}|CNFR\d{16}"),
)
"""Forms that couriers of China use, without a check digit that anybody could compute."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A carrier that may have given out this number.

    `courier` and `format` are the data's names, `is_proven` says that a check digit fits; `post` names a post
    that has no carrier of its own here.
    """

    carrier: str
    courier: str
    format: str
    is_proven: bool
    post: str = ""


@dataclass(frozen=True, slots=True)
class _Format:
    courier: str
    carrier: str
    name: str
    pattern: re.Pattern[str]
    check: Mapping[str, Any] | None
    prepend: Mapping[str, str] | None
    known: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    rank: int


def normalised(number: str) -> str:
    """Return a number as carriers write it: full-width forms as ASCII, no spaces or dashes, upper case."""
    plain = unicodedata.normalize("NFKC", number)
    return "".join(
        sign for sign in plain if not sign.isspace() and unicodedata.category(sign) not in {"Pd", "Cf"}
    ).upper()


def recognise(number: str, *, prefer: Collection[str] = ()) -> list[Candidate]:
    """Return the carriers whose number this may be, the likeliest first, each once; empty if nobody's.

    Carriers in `prefer` (those that a shop uses) go before others of which no check digit says more.
    """
    plain = normalised(number)
    if not 8 <= len(plain) <= LONGEST or not plain.isascii():
        return []
    ranked: list[tuple[int, Candidate]] = []
    for form in _formats():
        candidate = _match(form, plain)
        if candidate:
            ranked.append((form.rank, candidate))
    ranked.sort(key=lambda entry: (entry[1].carrier not in prefer, entry[0]))
    found: dict[tuple[str, str], Candidate] = {}
    for _, candidate in ranked:
        found.setdefault((candidate.carrier, candidate.courier), candidate)
    return list(found.values())


def matches_format(number: str, *, courier: str, format: str) -> bool:
    """Say whether a number is one of this courier's, in this format of the data."""
    plain = normalised(number)
    if len(plain) > LONGEST:
        return False
    return any(_match(form, plain) for form in _formats() if (form.courier, form.name) == (courier, format))


def _match(form: _Format, plain: str) -> Candidate | None:
    found = form.pattern.fullmatch(plain)
    if found is None:
        return None
    groups = found.groupdict()
    if form.check is not None:
        serial, digit = groups.get("SerialNumber") or "", groups.get("CheckDigit") or ""
        if form.prepend and re.search(form.prepend["matches_regex"], serial):
            serial = form.prepend["content"] + serial
        try:
            if not CHECKS[form.check["name"]](serial, digit, form.check):
                return None
        except ValueError:
            return None
    post = ""
    carrier = form.carrier
    for group, values in form.known:
        value = dict(values).get(groups.get(group) or "")
        if value is None:
            return None
        if form.courier == "s10":
            post, carrier = value, _POSTS.get(groups[group], "post")
    return Candidate(carrier, form.courier, form.name, form.check is not None, post if carrier == "post" else "")


@lru_cache(maxsize=1)
def _formats() -> tuple[_Format, ...]:
    found: list[_Format] = []
    for file in sorted(_COURIERS.glob("*.json")):
        data = json.loads(file.read_text(encoding="utf-8"))
        found += [_read(data["courier_code"], entry) for entry in data["tracking_numbers"]]
    for carrier, pattern in _UNPROVEN:
        found.append(_Format(carrier, carrier, carrier, re.compile(pattern), None, None, (), 3))
    return tuple(found)


def _read(courier: str, entry: Mapping[str, Any]) -> _Format:
    raw = entry["regex"] if isinstance(entry["regex"], str) else "".join(entry["regex"])
    # Spaces and dashes are gone before anything is compared.
    pattern = _NAMED_GROUP.sub("(?P<", raw.replace(r"\s*", "").replace(")-1", ")-?1"))
    check = entry["validation"].get("checksum")
    needed = entry["validation"].get("additional", {}).get("exists", [])
    known = []
    for table in entry.get("additional", []):
        if table["name"] in needed:
            values = tuple(
                (row["matches"], str(row.get("courier") or row.get("name") or "")) for row in table["lookup"]
            )
            known.append((table["regex_group_name"], values))
    serial = entry["validation"].get("serial_number_format", {})
    return _Format(
        courier=courier,
        carrier=_CARRIERS.get(courier, courier),
        name=entry.get("id") or entry["name"],
        pattern=re.compile(pattern),
        check=check,
        prepend=serial.get("prepend_if"),
        known=tuple(known),
        rank=(0 if courier in _NARROW else 1) if check else 4 if entry.get("id") in _WIDE else 2,
    )
