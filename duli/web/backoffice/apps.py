from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "duli.web.backoffice"
    default_auto_field = "django.db.models.BigAutoField"
