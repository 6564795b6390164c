from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "duli.platform.media"
    default_auto_field = "django.db.models.BigAutoField"
