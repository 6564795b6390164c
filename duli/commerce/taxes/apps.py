from django.apps import AppConfig


class TaxesConfig(AppConfig):
    name = "duli.commerce.taxes"
    default_auto_field = "django.db.models.BigAutoField"
