from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "duli.commerce.promotions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from duli.commerce.customers.segments import MARK
        from duli.commerce.customers.selectors import segment_uses
        from duli.commerce.promotions.selectors import names_asking_for

        segment_uses.register("promotions", lambda segment_id: names_asking_for(f"{MARK}{segment_id}"))
