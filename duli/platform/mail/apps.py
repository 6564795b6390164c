from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "duli.platform.mail"
    default_auto_field = "django.db.models.BigAutoField"
