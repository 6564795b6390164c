"""Customers."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import customer, customer_data, customers, members, segments

urlpatterns = [
    path("customers/", customers.customer_list, name="customers"),
    path("customers/new/", customers.customer_new, name="customer_new"),
    path("customers/export.<slug:form>", customers.customer_export, name="customers_export"),
    path("customers/duplicates/", customers.duplicate_list, name="duplicates"),
    path("customers/duplicates/<row:pair_id>/", customers.duplicate_dismiss, name="duplicate_dismiss"),
    path("customers/data/", customers.data_request_list, name="data_requests"),
    path("customers/data/<row:request_id>/", customer_data.data_file, name="data_file"),
    path("customers/segments/", segments.segment_list, name="segments"),
    path("customers/segments/new/", segments.segment_new, name="segment_new"),
    path("customers/segments/count/", segments.segment_count, name="segment_count"),
    path("customers/segments/<row:segment_id>/", segments.segment_edit, name="segment_edit"),
    path("customers/segments/<row:segment_id>/delete/", segments.segment_delete, name="segment_delete"),
    path("customers/members/", members.member_list, name="members"),
    path("customers/members/rules/", members.member_rules, name="member_rules"),
    path("customers/members/tiers/<row:tier_id>/", members.tier_edit, name="tier"),
    path("customers/members/tiers/<row:tier_id>/delete/", members.tier_delete, name="tier_delete"),
    path("customers/<row:customer_id>/points/", members.member_adjust, name="member_adjust"),
    path("customers/<row:customer_id>/tier/", members.member_tier, name="member_tier"),
    path("customers/<row:customer_id>/", customer.customer_page, name="customer"),
    path("customers/<row:customer_id>/edit/", customer.customer_edit, name="customer_edit"),
    path("customers/<row:customer_id>/note/", customer.customer_note, name="customer_note"),
    path("customers/<row:customer_id>/consent/<slug:channel>/", customer.customer_consent, name="customer_consent"),
    path("customers/<row:customer_id>/addresses/<row:address_id>/", customer.customer_address, name="customer_address"),
    path(
        "customers/<row:customer_id>/addresses/<row:address_id>/delete/",
        customer.customer_address_delete,
        name="customer_address_delete",
    ),
    path("customers/<row:customer_id>/merge/", customer.customer_merge, name="customer_merge"),
    path("customers/<row:customer_id>/data/<slug:kind>/", customer.customer_data, name="customer_data"),
]
