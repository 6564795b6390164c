from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "duli.commerce.promotions"
    default_auto_field = "django.db.models.BigAutoField"
