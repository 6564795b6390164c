"""The back office's addresses, to be mounted at /admin/; one file an area."""

from __future__ import annotations

from duli.web.backoffice.urls import (
    content,
    customers,
    discounts,
    flash_sales,
    home,
    lists,
    mails,
    orders,
    organise,
    products,
    programs,
    referrals,
    settings,
    stock,
)

app_name = "backoffice"

urlpatterns = [
    *home.urlpatterns,
    *lists.urlpatterns,
    *orders.urlpatterns,
    *products.urlpatterns,
    *organise.urlpatterns,
    *stock.urlpatterns,
    *customers.urlpatterns,
    *discounts.urlpatterns,
    *flash_sales.urlpatterns,
    *referrals.urlpatterns,
    *mails.urlpatterns,
    *content.urlpatterns,
    *settings.urlpatterns,
    *programs.urlpatterns,
]
