from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "duli.commerce.checkout"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from duli.commerce.flash_sales.monitor import flash_promotions
        from duli.commerce.promotions.shelf import set_apart

        set_apart.register("flash_sales", lambda ids: flash_promotions().filter(pk__in=ids))
