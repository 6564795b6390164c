"""Who recommends the shop, and what they get for it."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import referrals

urlpatterns = [
    path("referrals/", referrals.referral_list, name="referrals"),
    path("referrals/settings/", referrals.referral_settings, name="referral_settings"),
    path("referrals/partners/", referrals.referral_partners, name="referral_partners"),
    path("referrals/partners/new/", referrals.referral_partner_new, name="referral_partner_new"),
    path("referrals/partners/<row:referrer_id>/", referrals.referral_partner, name="referral_partner"),
    path("referrals/partners/<row:referrer_id>/edit/", referrals.referral_partner_edit, name="referral_partner_edit"),
    path("referrals/pay/", referrals.referral_pay, name="referral_pay"),
    path("referrals/payouts/", referrals.referral_payouts, name="referral_payouts"),
    path("referrals/payouts/<row:batch_id>/", referrals.referral_payout, name="referral_payout"),
    path(
        "referrals/payouts/<row:batch_id>/list.<slug:form>",
        referrals.referral_payout_export,
        name="referral_payout_export",
    ),
    path(
        "referrals/<row:referral_id>/approve/",
        referrals.referral_decide,
        {"answer": "approve"},
        name="referral_approve",
    ),
    path(
        "referrals/<row:referral_id>/decline/",
        referrals.referral_decide,
        {"answer": "decline"},
        name="referral_decline",
    ),
]
