from duli.commerce.fapiao.services.asking import ask, restate
from duli.commerce.fapiao.services.issuing import decline, issue, issue_red
from duli.commerce.fapiao.services.sending import follow, hand_over
from duli.commerce.fapiao.services.setup import check_service, save_service
from duli.commerce.fapiao.services.terms import save_settings

__all__ = [
    "ask",
    "check_service",
    "decline",
    "follow",
    "hand_over",
    "issue",
    "issue_red",
    "restate",
    "save_service",
    "save_settings",
]
