from django.apps import AppConfig


class ThemesConfig(AppConfig):
    name = "duli.platform.themes"
    default_auto_field = "django.db.models.BigAutoField"
