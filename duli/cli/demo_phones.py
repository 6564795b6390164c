"""The demo's text messages: services to send them with, inside the shop."""

from __future__ import annotations

from django.conf import settings

from duli.cli.demo_shop import read
from duli.platform.sms.configuration import rules
from duli.platform.sms.selectors import account_forms
from duli.platform.sms.services import save_account, save_rules, save_template

# Where a number of anybody who tries the demo may come from.
COUNTRIES = ("CN", "HK", "MO", "TW", "SG", "JP", "US", "CA", "GB", "DE", "FR", "IT", "ES", "NL", "AT", "CH", "AU")


def set_up_texting() -> None:
    """Let the practice services inside the shop be used, at the address that the shop has now."""
    known = {entry.code: entry for entry in account_forms()}
    for position, entry in enumerate(read("shop.json")["sms"]):
        code = entry["code"]
        base = f"{settings.PUBLIC_URL}/sandbox-phones/{code}"
        is_new = not known[code].is_set_up
        if known[code].values.get("base_url") == base:
            continue
        if not is_new and "/sandbox-phones/" not in known[code].values.get("base_url", ""):
            # Somebody tries a real account.
            continue
        save_account(
            code=code,
            enabled=position < 2 if is_new else known[code].enabled,
            position=position,
            countries=entry["countries"],
            values={**entry["values"], "base_url": base},
            actor="system",
        )
        for row in entry.get("templates", []) if is_new else []:
            save_template(
                code=code,
                kind=row["kind"],
                language="zh-hans",
                template=row["template"],
                parameters=[(name, text) for name, text in row["parameters"]],
                actor="system",
            )
    if not rules().chosen:
        save_rules(countries=COUNTRIES, per_day=1000, per_country=300, actor="system")
