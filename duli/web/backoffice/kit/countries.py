"""Countries as people type them."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from duli.commerce.checkout.selectors import all_countries
from duli.web.backoffice.kit.forms import Line


class Countries(Line):
    """Two letters or the name of each; cleans to a list of codes. A list is written with commas."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        pairs = [pair for language, _name in settings.LANGUAGES for pair in all_countries(language)]
        known, names = {code for code, _name in pairs}, {name.casefold(): code for code, name in pairs}
        codes: list[str] = []
        for part in re.split(r"[,，、;；\n]", super().clean(value)):
            named = names.get(part.strip().casefold())
            codes += [named] if named else part.upper().split()
        wrong = [code for code in codes if code not in known]
        if wrong:
            raise ValidationError(
                _("“%(code)s” is no country. Write two letters for each, such as CN."), params={"code": wrong[0][:20]}
            )
        return list(dict.fromkeys(codes))
