"""Mails and their words."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import mail_templates, mails

urlpatterns = [
    path("mails/", mails.mail_list, name="mails"),
    path("mails/templates/", mail_templates.template_index, name="mail_templates"),
    path(
        "mails/templates/<slug:key>/<slug:channel>/<slug:language>/", mail_templates.template_edit, name="mail_template"
    ),
    path(
        "mails/templates/<slug:key>/<slug:channel>/<slug:language>/preview/",
        mail_templates.template_preview,
        name="mail_template_preview",
    ),
    path(
        "mails/templates/<slug:key>/<slug:channel>/<slug:language>/measure/",
        mail_templates.template_measure,
        name="mail_template_measure",
    ),
    path(
        "mails/templates/<slug:key>/<slug:channel>/<slug:language>/reset/",
        mail_templates.template_reset,
        name="mail_template_reset",
    ),
    path(
        "mails/templates/<slug:key>/<slug:channel>/<slug:language>/switch/",
        mail_templates.template_switch,
        name="mail_template_switch",
    ),
    path(
        "mails/templates/<slug:key>/<slug:channel>/<slug:language>/test/",
        mail_templates.template_test,
        name="mail_template_test",
    ),
    path(
        "mails/templates/<slug:key>/<slug:channel>/<slug:language>/versions/<row:version_id>/",
        mail_templates.template_version,
        name="mail_template_version",
    ),
    path("mails/<row:mail_id>/", mails.mail_detail, name="mail"),
    path("mails/<row:mail_id>/body/", mails.mail_body, name="mail_body"),
    path("mails/<row:mail_id>/resend/", mails.mail_resend, name="mail_resend"),
]
