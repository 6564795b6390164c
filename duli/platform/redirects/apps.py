from django.apps import AppConfig


class RedirectsConfig(AppConfig):
    name = "duli.platform.redirects"
    default_auto_field = "django.db.models.BigAutoField"
