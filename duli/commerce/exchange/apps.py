from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "duli.commerce.exchange"
    default_auto_field = "django.db.models.BigAutoField"
