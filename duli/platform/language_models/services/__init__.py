from duli.platform.language_models.services.accounts import check_account as check_account
from duli.platform.language_models.services.accounts import save_account as save_account
from duli.platform.language_models.services.accounts import save_rules as save_rules
from duli.platform.language_models.services.asking import ask as ask
from duli.platform.language_models.services.asking import prune as prune
