from django.apps import AppConfig


class ShippingConfig(AppConfig):
    name = "duli.commerce.shipping"
    default_auto_field = "django.db.models.BigAutoField"
