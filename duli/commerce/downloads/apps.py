from django.apps import AppConfig


class DownloadsConfig(AppConfig):
    name = "duli.commerce.downloads"
    default_auto_field = "django.db.models.BigAutoField"
