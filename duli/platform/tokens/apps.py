from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "duli.platform.tokens"
    default_auto_field = "django.db.models.BigAutoField"
