"""Below ``/account/``: allauth's pages under their own names, some by our own views."""

from __future__ import annotations

from allauth.mfa.base import views as mfa_views
from django.urls import include, path

from duli.platform.accounts import views

urlpatterns = [
    path("password/reset/", views.ResetRequestView.as_view(), name="account_reset_password"),
    path("password/reset/confirm/", views.ResetCodeView.as_view(), name="account_confirm_password_reset_code"),
    path("password/reset/complete/", views.NewPasswordView.as_view(), name="account_complete_password_reset"),
    path("reauthenticate/", views.ReauthenticateView.as_view(), name="account_reauthenticate"),
    path("email/", views.change_email, name="account_email"),
    path("phone/change/", views.change_phone, name="account_change_phone"),
    # The second step for staff who come in by the shop's own door.
    path("second-step/", mfa_views.authenticate, name="mfa_authenticate"),
    path("", include("allauth.account.urls")),
]
