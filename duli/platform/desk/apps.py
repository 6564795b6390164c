from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "duli.platform.desk"
    default_auto_field = "django.db.models.BigAutoField"
