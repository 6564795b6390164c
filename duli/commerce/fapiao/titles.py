"""Whether what somebody wants on a fapiao can be printed there."""

from __future__ import annotations

from dataclasses import fields, replace

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from duli.base.text import one_line
from duli.commerce.fapiao.states import FapiaoKind, TitleKind
from duli.commerce.fapiao.types import FapiaoWish, InvalidFapiao

LONGEST = {"title": 100, "tax_number": 18, "email": 254, "address": 200, "phone": 40, "bank": 100, "account": 40}
COMPANY_ONLY = ("tax_number", "address", "phone", "bank", "account")


def is_tax_number(text: str) -> bool:
    """Say whether a text is a unified social credit code (GB 32100-2015) with the right check character."""
    from stdnum.cn import uscc

    return bool(uscc.is_valid(text))


def checked(wish: FapiaoWish, *, offers_special: bool) -> FapiaoWish:
    """Return a wish as it is kept; InvalidFapiao names all that is wrong.

    A person has no tax number, and gets no special fapiao: a company needs both title and number.
    """
    values = {entry.name: str(getattr(wish, entry.name)) for entry in fields(wish)}
    problems = {name: "too_long" for name, most in LONGEST.items() if len(values[name].strip()) > 2 * most}
    words = {name: one_line(value[:1000]) for name, value in values.items()}
    words["tax_number"] = words["tax_number"].replace(" ", "").replace("-", "").upper()
    problems |= {name: "too_long" for name, most in LONGEST.items() if len(words[name]) > most}
    if words["title_kind"] not in TitleKind.values:
        problems["title_kind"] = "invalid"
    is_company = words["title_kind"] == TitleKind.COMPANY
    if words["kind"] not in FapiaoKind.values or (
        words["kind"] == FapiaoKind.SPECIAL and not (is_company and offers_special)
    ):
        problems["kind"] = "invalid"
    if not words["title"]:
        problems["title"] = "required"
    if not is_company:
        words |= dict.fromkeys(COMPANY_ONLY, "")
        problems = {name: kind for name, kind in problems.items() if name not in COMPANY_ONLY}
    elif not words["tax_number"]:
        problems["tax_number"] = "required"
    elif not is_tax_number(words["tax_number"]):
        problems["tax_number"] = "invalid"
    try:
        validate_email(words["email"])
    except ValidationError:
        problems["email"] = "invalid" if words["email"] else "required"
    if problems:
        raise InvalidFapiao(problems)
    return replace(wish, **words)
