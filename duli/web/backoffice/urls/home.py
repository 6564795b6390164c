"""The front door, the person and what every screen shares."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import account, bell, home, security, setup

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", account.login, name="login"),
    path("login/step/", account.login_step, name="login_step"),
    path("invitation/<slug:token>/", security.invitation, name="invitation"),
    path("begin/<slug:token>/", setup.setup_owner, name="setup_owner"),
    path("setup/", setup.setup, name="setup"),
    path("setup/done/", setup.setup_done, name="setup_done"),
    path("setup/<slug:code>/", setup.setup_step, name="setup_step"),
    path("bell/", bell.bell, name="bell"),
    path("bell/poll/", bell.bell_poll, name="bell_poll"),
    path("bell/seen/", bell.bell_seen, name="bell_seen"),
    path("account/", security.security, name="security"),
    path("account/app/", security.security_app, name="security_app"),
    path("account/app/remove/", security.security_remove, name="security_app_remove"),
    path("account/passkeys/new/", security.security_passkey, name="security_passkey"),
    path("account/passkeys/<row:authenticator_id>/remove/", security.security_remove, name="security_passkey_remove"),
    path("account/codes/", security.security_codes, name="security_codes"),
    path("account/password/", security.security_password, name="security_password"),
    path("account/sessions/end/", security.security_session_end, name="security_sessions_end"),
    path("account/sessions/<row:session_id>/end/", security.security_session_end, name="security_session_end"),
    path("logout/", account.logout, name="logout"),
    path("language/", account.language, name="language"),
    path("appearance/", account.appearance, name="appearance"),
    path("more/", account.more, name="more"),
    path("search/", account.palette, name="palette"),
]
