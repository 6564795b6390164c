from django.apps import AppConfig


class WishesConfig(AppConfig):
    name = "duli.growth.wishes"
    default_auto_field = "django.db.models.BigAutoField"
