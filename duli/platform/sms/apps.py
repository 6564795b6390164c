from django.apps import AppConfig


class SmsConfig(AppConfig):
    name = "duli.platform.sms"
    default_auto_field = "django.db.models.BigAutoField"
