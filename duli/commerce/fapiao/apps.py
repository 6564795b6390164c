from django.apps import AppConfig


class FapiaoConfig(AppConfig):
    name = "duli.commerce.fapiao"
    default_auto_field = "django.db.models.BigAutoField"
