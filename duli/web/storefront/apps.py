from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "duli.web.storefront"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from duli.web.storefront import signing_in  # noqa: F401
