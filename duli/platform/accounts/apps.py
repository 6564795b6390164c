from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "duli.platform.accounts"
    default_auto_field = "django.db.models.BigAutoField"
