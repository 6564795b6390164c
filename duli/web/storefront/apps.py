from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "duli.web.storefront"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from duli.web.storefront import saved
        from duli.web.storefront.signing_in import bring_cart, leave_cart

        # Django's own word, said to whoever listens: allauth's pages and the tests sign in through it alike.
        user_logged_in.connect(bring_cart, dispatch_uid="storefront.bring_cart")
        user_logged_out.connect(leave_cart, dispatch_uid="storefront.leave_cart")
        user_logged_in.connect(saved.bring, dispatch_uid="storefront.bring_saved")
        user_logged_out.connect(saved.leave, dispatch_uid="storefront.leave_saved")
