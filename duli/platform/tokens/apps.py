from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "duli.platform.tokens"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from duli.platform.accounts.roles import actor_kinds
        from duli.platform.tokens.roles import KIND, role_of_token

        actor_kinds.register(KIND, role_of_token)
