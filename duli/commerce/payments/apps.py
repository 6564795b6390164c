from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "duli.commerce.payments"
    default_auto_field = "django.db.models.BigAutoField"
