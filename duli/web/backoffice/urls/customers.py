"""Customers."""

from __future__ import annotations

from django.urls import path

from duli.web.backoffice.screens import customers

urlpatterns = [
    path("customers/", customers.customer_list, name="customers"),
    path("customers/<row:customer_id>/", customers.customer_page, name="customer"),
]
