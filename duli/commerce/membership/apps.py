from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "duli.commerce.membership"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from duli.commerce.customers.selectors import groupings
        from duli.commerce.membership.selectors import tier_groups

        groupings.register("membership", tier_groups)
