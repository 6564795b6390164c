"""Settings and staff."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import (
    approvals,
    audit,
    downloads,
    roles,
    settings,
    settings_legal,
    settings_locations,
    settings_markets,
    settings_payments,
    settings_reasons,
    settings_returns,
    settings_shipping,
    settings_taxes,
    settings_tracking,
    staff,
    system,
)

urlpatterns = [
    path("settings/locations/", settings_locations.settings_locations, name="settings_locations"),
    path("settings/locations/new/", settings_locations.settings_location_new, name="settings_location_new"),
    path("settings/locations/order/", settings_locations.settings_locations_order, name="settings_locations_order"),
    path("settings/locations/<row:location_id>/", settings_locations.settings_location, name="settings_location"),
    path(
        "settings/locations/<row:location_id>/active/",
        settings_locations.settings_location_active,
        name="settings_location_active",
    ),
    path("settings/returns/reasons/", settings_reasons.settings_reasons, name="settings_reasons"),
    path("settings/returns/", settings_returns.settings_returns, name="settings_returns"),
    path("settings/downloads/", downloads.settings_downloads, name="settings_downloads"),
    path("settings/", settings.settings_home, name="settings"),
    path("settings/store/", settings.settings_store, name="settings_store"),
    path("settings/markets/", settings_markets.settings_markets, name="settings_markets"),
    path("settings/markets/new/", settings_markets.settings_market_new, name="settings_market_new"),
    path(
        "settings/markets/<slug:code>/delete/", settings_markets.settings_market_delete, name="settings_market_delete"
    ),
    path("settings/legal/", settings_legal.settings_legal, name="settings_legal"),
    path(
        "settings/legal/<slug:handle>/<slug:language>/", settings_legal.settings_legal_text, name="settings_legal_text"
    ),
    path("settings/domains/", settings_legal.settings_domains, name="settings_domains"),
    path("settings/markets/<slug:code>/", settings_markets.settings_market, name="settings_market"),
    path("settings/tracking/", settings_tracking.settings_tracking, name="settings_tracking"),
    path(
        "settings/tracking/<slug:code>/", settings_tracking.settings_tracking_account, name="settings_tracking_account"
    ),
    path(
        "settings/tracking/<slug:code>/check/",
        settings_tracking.settings_tracking_check,
        name="settings_tracking_check",
    ),
    path("settings/shipping/", settings_shipping.settings_shipping, name="settings_shipping"),
    path("settings/shipping/methods/<row:method_id>/", settings_shipping.settings_method, name="settings_method"),
    path(
        "settings/shipping/methods/<row:method_id>/delete/",
        settings_shipping.settings_method_delete,
        name="settings_method_delete",
    ),
    path("settings/shipping/zones/new/", settings_shipping.settings_zone_new, name="settings_zone_new"),
    path("settings/shipping/zones/<row:zone_id>/", settings_shipping.settings_zone, name="settings_zone"),
    path(
        "settings/shipping/zones/<row:zone_id>/delete/",
        settings_shipping.settings_zone_delete,
        name="settings_zone_delete",
    ),
    path("settings/shipping/<row:zone_id>/new/", settings_shipping.settings_method_new, name="settings_method_new"),
    path("settings/taxes/", settings_taxes.settings_taxes, name="settings_taxes"),
    path("settings/taxes/new/", settings_taxes.settings_tax, name="settings_tax_new"),
    path("settings/taxes/<row:rate_id>/", settings_taxes.settings_tax, name="settings_tax"),
    path("settings/taxes/<row:rate_id>/delete/", settings_taxes.settings_tax_delete, name="settings_tax_delete"),
    path("settings/payments/", settings_payments.settings_payments, name="settings_payments"),
    path("settings/payments/<slug:code>/", settings_payments.settings_payment, name="settings_payment"),
    path(
        "settings/payments/<slug:code>/check/", settings_payments.settings_payment_check, name="settings_payment_check"
    ),
    path("settings/staff/", staff.staff_list, name="settings_staff"),
    path("settings/staff/new/", staff.staff_new, name="settings_staff_new"),
    path("settings/staff/<row:user_id>/role/", staff.staff_role, name="settings_staff_role"),
    path("settings/staff/<row:user_id>/access/", staff.staff_access, name="settings_staff_access"),
    path("settings/staff/<row:user_id>/", staff.staff_person, name="settings_staff_person"),
    path(
        "settings/staff/<row:user_id>/second-step/",
        staff.staff_reset,
        {"what": "second-step"},
        name="settings_staff_second_step",
    ),
    path(
        "settings/staff/<row:user_id>/sessions/",
        staff.staff_reset,
        {"what": "sessions"},
        name="settings_staff_sessions",
    ),
    path(
        "settings/staff/invitations/<row:invitation_id>/resend/",
        staff.staff_invitation,
        {"deed": "resend"},
        name="settings_invitation_resend",
    ),
    path(
        "settings/staff/invitations/<row:invitation_id>/revoke/",
        staff.staff_invitation,
        {"deed": "revoke"},
        name="settings_invitation_revoke",
    ),
    path("settings/roles/", roles.role_list, name="settings_roles"),
    path("settings/roles/new/", roles.role_new, name="settings_role_new"),
    path("settings/roles/<slug:code>/", roles.role_page, name="settings_role"),
    path("settings/roles/<slug:code>/delete/", roles.role_delete, name="settings_role_delete"),
    path("settings/roles/<slug:code>/reset/", roles.role_reset, name="settings_role_reset"),
    path("settings/audit/", audit.audit_list, name="audit"),
    path("settings/audit/export/", audit.audit_export, name="audit_export"),
    path("settings/audit/<row:entry_id>/", audit.audit_entry, name="audit_entry"),
    path("settings/system/", system.system, name="system"),
    path("settings/system/jobs/retry/", system.system_jobs_deed, {"deed": "retry"}, name="system_retry_all"),
    path("settings/system/jobs/discard/", system.system_jobs_deed, {"deed": "discard"}, name="system_discard_all"),
    path("settings/system/jobs/<slug:job_id>/", system.system_job, name="system_job"),
    path("settings/system/jobs/<slug:job_id>/retry/", system.system_job_deed, {"deed": "retry"}, name="system_retry"),
    path(
        "settings/system/jobs/<slug:job_id>/discard/",
        system.system_job_deed,
        {"deed": "discard"},
        name="system_discard",
    ),
    path("approvals/", approvals.approval_list, name="approvals"),
    path("approvals/<row:approval_id>/", approvals.approval_page, name="approval"),
    path("approvals/<row:approval_id>/approve/", approvals.approval_approve, name="approval_approve"),
    path("approvals/<row:approval_id>/decline/", approvals.approval_decline, name="approval_decline"),
    path("approvals/<row:approval_id>/withdraw/", approvals.approval_withdraw, name="approval_withdraw"),
]
