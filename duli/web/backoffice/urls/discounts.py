"""Discounts and their codes."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import discount_report, discount_trial, discounts

urlpatterns = [
    path("discounts/", discounts.discount_list, name="discounts"),
    path("discounts/new/", discounts.discount_goals, name="discount_goals"),
    path("discounts/new/<slug:goal>/", discounts.discount_new, name="discount_new"),
    path("discounts/new/<slug:goal>/sentence/", discounts.discount_sentence, name="discount_sentence"),
    path("discounts/new/<slug:goal>/forecast/", discounts.discount_forecast, name="discount_forecast"),
    path("discounts/new/<slug:goal>/try/", discount_trial.discount_draft_trial, name="discount_draft_trial"),
    path("discounts/report/", discount_report.report, name="discount_report"),
    path("discounts/calendar/", discount_report.calendar, name="discount_calendar"),
    path("discounts/try/", discount_trial.discount_trial, name="discount_trial"),
    path("discounts/goods/", discounts.facet_picker, name="facet_picker"),
    path("discounts/<row:promotion_id>/", discounts.discount_page, name="discount"),
    path("discounts/<row:promotion_id>/edit/", discounts.discount_edit, name="discount_edit"),
    path("discounts/<row:promotion_id>/switch/", discounts.discount_switch, name="discount_switch"),
    path("discounts/<row:promotion_id>/code/", discounts.discount_code, name="discount_code"),
    path("discounts/<row:promotion_id>/generate/", discounts.discount_batch, name="discount_batch"),
    path(
        "discounts/<row:promotion_id>/codes.<slug:form>", discounts.discount_codes_export, name="discount_codes_export"
    ),
    path("discounts/<row:promotion_id>/delete/", discounts.discount_delete, name="discount_delete"),
]
