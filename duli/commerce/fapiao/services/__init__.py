from duli.commerce.fapiao.services.asking import ask, restate
from duli.commerce.fapiao.services.issuing import decline, issue, issue_red
from duli.commerce.fapiao.services.terms import save_settings

__all__ = ["ask", "decline", "issue", "issue_red", "restate", "save_settings"]
