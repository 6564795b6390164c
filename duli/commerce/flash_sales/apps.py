from django.apps import AppConfig


class FlashSalesConfig(AppConfig):
    name = "duli.commerce.flash_sales"
    default_auto_field = "django.db.models.BigAutoField"
