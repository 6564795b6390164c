"""The demo's language model: one inside the shop, to try what it is for."""

from __future__ import annotations

from duli.cli.demo_shop import read
from duli.platform.language_models.selectors import account_forms
from duli.platform.language_models.services import save_account


def set_up_writing() -> None:
    """Let the practice model inside the shop be asked, unless somebody tries a real one."""
    entry = read("shop.json")["language_model"]
    if not any(account.is_set_up for account in account_forms()):
        save_account(code=entry["code"], enabled=True, values=entry["values"], actor="system")
