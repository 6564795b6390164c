from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "duli.web.api"
    default_auto_field = "django.db.models.BigAutoField"
