from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "duli.commerce.customers"
    default_auto_field = "django.db.models.BigAutoField"
