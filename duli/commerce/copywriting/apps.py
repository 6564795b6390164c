from django.apps import AppConfig


class CopywritingConfig(AppConfig):
    name = "duli.commerce.copywriting"
    default_auto_field = "django.db.models.BigAutoField"
