"""Customers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from duli.commerce.customers import selectors
from duli.commerce.customers.models import Customer
from duli.commerce.customers.types import CustomerFilter
from duli.web.api.admin.gate import ERRORS, scope
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["customers"])
Json = dict[str, Any]


def _customer(row: Customer) -> Json:
    return {
        "id": row.pk,
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "language": row.language,
        "country": row.country,
        "orders_count": row.orders_count,
        "spent_minor": row.spent_minor,
        "last_order_at": row.last_order_at.isoformat() if row.last_order_at else None,
        "created_at": row.created_at.isoformat(),
    }


@router.get("", response={200: Json, **ERRORS})
@scope("customers.view")
def list_customers(request: HttpRequest, q: str = "", after: str = "", limit: int = PAGE) -> Json:
    """Customers, newest first; `q` is any part of a name (pinyin too), e-mail or phone."""
    found, cursor = page_by_id(selectors.customers(CustomerFilter(query=q[:100])), after=after, limit=limit)
    return {"customers": [_customer(row) for row in found], "next": cursor}


@router.get("/{int:customer_id}", response={200: Json, **ERRORS})
@scope("customers.view")
def get_customer(request: HttpRequest, customer_id: int) -> Json:
    """One customer with addresses and tags."""
    row = selectors.customer_by_id(customer_id)
    return {
        **_customer(row),
        "tags": selectors.tags_of(row.pk),
        "addresses": [{"id": entry.pk, **entry.data} for entry in selectors.addresses_of(row.pk)],
    }
