from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "duli.web.storefront"
    default_auto_field = "django.db.models.BigAutoField"
