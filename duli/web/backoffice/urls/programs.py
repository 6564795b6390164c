"""What other programs may do, and what they are told."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import api_tokens, webhooks

urlpatterns = [
    path("settings/tokens/", api_tokens.token_list, name="settings_tokens"),
    path("settings/tokens/new/", api_tokens.token_new, name="settings_token_new"),
    path("settings/tokens/<row:token_id>/end/", api_tokens.token_end, name="settings_token_end"),
    path("settings/webhooks/", webhooks.webhook_list, name="settings_webhooks"),
    path("settings/webhooks/new/", webhooks.webhook_new, name="settings_webhook_new"),
    path("settings/webhooks/<row:endpoint_id>/", webhooks.webhook_page, name="settings_webhook"),
    path("settings/webhooks/<row:endpoint_id>/edit/", webhooks.webhook_edit, name="settings_webhook_edit"),
    path("settings/webhooks/<row:endpoint_id>/test/", webhooks.webhook_test, name="settings_webhook_test"),
    path("settings/webhooks/<row:endpoint_id>/replay/", webhooks.webhook_replay, name="settings_webhook_replay"),
    path("settings/webhooks/<row:endpoint_id>/secret/", webhooks.webhook_secret, name="settings_webhook_secret"),
    path("settings/webhooks/<row:endpoint_id>/delete/", webhooks.webhook_delete, name="settings_webhook_delete"),
    path("settings/webhooks/messages/<row:delivery_id>/", webhooks.delivery_page, name="settings_delivery"),
    path(
        "settings/webhooks/messages/<row:delivery_id>/send/", webhooks.delivery_resend, name="settings_delivery_resend"
    ),
]
