from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "duli.commerce.inventory"
    default_auto_field = "django.db.models.BigAutoField"
