from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "duli.growth.content"
    default_auto_field = "django.db.models.BigAutoField"
