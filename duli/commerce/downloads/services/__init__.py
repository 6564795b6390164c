from duli.commerce.downloads.services.files import add_file, arrange_files, change_file, remove_file, save_rules
from duli.commerce.downloads.services.grants import (
    follow_lines,
    forget_uses,
    grant,
    open_download,
    renew,
    revoke,
    revoke_refunded,
)

__all__ = [
    "add_file",
    "arrange_files",
    "change_file",
    "follow_lines",
    "forget_uses",
    "grant",
    "open_download",
    "remove_file",
    "renew",
    "revoke",
    "revoke_refunded",
    "save_rules",
]
