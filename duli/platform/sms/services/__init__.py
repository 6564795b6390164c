from __future__ import annotations

from duli.platform.sms.services.accounts import check_account, save_account, save_rules, save_template
from duli.platform.sms.services.consent import agree, take_back
from duli.platform.sms.services.dispatch import dispatch, start, stop
from duli.platform.sms.services.inbox import prune, receive_push
from duli.platform.sms.services.limits import count, prune_tallies, standing_limit

__all__ = [
    "agree",
    "check_account",
    "count",
    "dispatch",
    "prune",
    "prune_tallies",
    "receive_push",
    "save_account",
    "save_rules",
    "save_template",
    "standing_limit",
    "start",
    "stop",
    "take_back",
]
