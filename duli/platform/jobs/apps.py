from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "duli.platform.jobs"
    default_auto_field = "django.db.models.BigAutoField"
