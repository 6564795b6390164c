"""Customers."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.commerce.customers import selectors, services
from duli.commerce.customers.models import Customer
from duli.commerce.customers.types import CustomerDraft, CustomerFilter
from duli.web.api.admin.gate import ERRORS, actor_of, answer_is_about, scope
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


class CustomerPatch(Schema):
    name: str | None = Field(None, max_length=120)
    email: str | None = Field(None, max_length=254)
    phone: str | None = Field(None, max_length=40)
    language: str | None = Field(None, max_length=12)
    tags: list[Annotated[str, Field(max_length=60)]] | None = Field(None, max_length=50)


class NoteIn(Schema):
    text: str = Field(max_length=5000)


def _draft(body: CustomerPatch) -> CustomerDraft:
    return CustomerDraft(**body.dict(exclude_unset=True))


def _whole(customer_id: int) -> Json:
    row = selectors.customer_by_id(customer_id)
    return {
        **_customer(row),
        "tags": selectors.tags_of(row.pk),
        "addresses": [{"id": entry.pk, **entry.data} for entry in selectors.addresses_of(row.pk)],
    }


@router.post("", response={201: Json, **ERRORS})
@scope("customers.edit", needs_key=True)
def create_customer(request: HttpRequest, body: CustomerPatch) -> Status[Json]:
    """Note a customer, reached by an e-mail address or a phone number. Advertising needs their own consent."""
    row = services.save_customer(customer_id=None, draft=_draft(body), actor=actor_of(request))
    answer_is_about(request, f"customer:{row.pk}")
    return Status(201, _whole(row.pk))


@router.patch("/{int:customer_id}", response={200: Json, **ERRORS})
@scope("customers.edit")
def change_customer(request: HttpRequest, customer_id: int, body: CustomerPatch) -> Json:
    """Change what is given of a customer; `tags` are all they have from now on."""
    row = selectors.customer_by_id(customer_id)
    services.save_customer(customer_id=row.pk, draft=_draft(body), actor=actor_of(request))
    return _whole(row.pk)


@router.post("/{int:customer_id}/notes", response={201: Json, **ERRORS})
@scope("customers.edit", needs_key=True)
def add_note(request: HttpRequest, customer_id: int, body: NoteIn) -> Status[Json]:
    """Write a note that only staff read."""
    row = selectors.customer_by_id(customer_id)
    services.add_note(customer_id=row.pk, text=body.text, actor=actor_of(request))
    return Status(201, {})


@router.get("/{int:customer_id}", response={200: Json, **ERRORS})
@scope("customers.view")
def get_customer(request: HttpRequest, customer_id: int) -> Json:
    """One customer with addresses and tags."""
    return _whole(customer_id)
