from django.apps import AppConfig


class LanguageModelsConfig(AppConfig):
    name = "duli.platform.language_models"
    default_auto_field = "django.db.models.BigAutoField"
