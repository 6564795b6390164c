"""Files that are sold: kept apart from public media, opened by links that end.

Verbs (services): add_file, change_file, remove_file, save_rules, grant, renew, revoke, open_download.
Reads (selectors): files_of, grants_of, rules. Events: DownloadsReady.
"""
