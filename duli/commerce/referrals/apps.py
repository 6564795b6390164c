from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    name = "duli.commerce.referrals"
    default_auto_field = "django.db.models.BigAutoField"
