from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "duli.commerce.orders"
    default_auto_field = "django.db.models.BigAutoField"
