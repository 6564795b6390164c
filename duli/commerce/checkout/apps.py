from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "duli.commerce.checkout"
    default_auto_field = "django.db.models.BigAutoField"
