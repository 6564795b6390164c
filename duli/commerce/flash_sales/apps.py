from django.apps import AppConfig


class FlashSalesConfig(AppConfig):
    name = "duli.commerce.flash_sales"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from duli.commerce.flash_sales.selectors import owner_of
        from duli.commerce.promotions.owners import register

        register(owner_of)
