from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "duli.platform.search"
    default_auto_field = "django.db.models.BigAutoField"
