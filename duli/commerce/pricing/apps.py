from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "duli.commerce.pricing"
    default_auto_field = "django.db.models.BigAutoField"
