from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "duli.platform.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from duli.platform.accounts import proving

        proving.listen()
