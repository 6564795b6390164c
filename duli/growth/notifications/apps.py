from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "duli.growth.notifications"
    default_auto_field = "django.db.models.BigAutoField"
