"""What belongs to a customer: addresses, tags, consent, doubles, and a person's data on their request."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import translation
from ninja import Field, Router, Schema, Status

from duli.base.errors import Conflict
from duli.commerce.customers import selectors, services
from duli.commerce.customers.models import Channel, ConsentRecord, Customer, CustomerAddress, DataRequest, DuplicatePair
from duli.commerce.customers.services.people import cleaned_tags
from duli.commerce.customers.services.privacy import open_file
from duli.commerce.customers.types import Address, CustomerDraft, Proof
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.keys import Key, one
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["customers"])
pairs = Router(tags=["customers"])
requests = Router(tags=["data-requests"])
Json = dict[str, Any]
Part = Annotated[str, Field(max_length=200)]
Tags = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=50)]


class AddressIn(Schema):
    country: str = Field(min_length=2, max_length=2)
    name: Part = ""
    phone: str = Field("", max_length=32)
    company: Part = ""
    region: Part = ""
    city: Part = ""
    district: Part = ""
    line1: Part = ""
    line2: Part = ""
    postal_code: Part = ""
    is_default: bool = Field(False, description="The usual address; the first one is it in any case.")


class CustomerTagsIn(Schema):
    add: Tags = []
    remove: Tags = []


class ConsentIn(Schema):
    channel: Literal["email", "sms", "phone", "post"]
    given: bool
    wording: str = Field(min_length=1, max_length=500, description="How and in which words: it is kept as proof.")


class MergeIn(Schema):
    other_id: Key
    checked: bool = Field(
        False, description="Says that it is the same person although the account has not proved the guest's address."
    )


class EraseIn(Schema):
    sure: Literal[True] = Field(description="Nobody can bring the person back.")


def _customer(customer_id: int) -> Customer:
    """Return a customer, or who it was merged into. NotFound."""
    return selectors.customer_by_id(one(Customer, customer_id).pk)


def _address(row: CustomerAddress) -> Json:
    return {"id": row.pk, "is_default": row.is_default, **row.data}


def _addresses(customer: Customer) -> list[Json]:
    return [_address(row) for row in selectors.addresses_of(customer.pk)]


@router.get("/{int:customer_id}/addresses", response={200: Json, **ERRORS})
@scope("customers.view")
def list_addresses(request: HttpRequest, customer_id: int) -> Json:
    """The address book of a customer, the usual one first."""
    return {"addresses": _addresses(_customer(customer_id))}


@router.post("/{int:customer_id}/addresses", response={201: Json, **ERRORS})
@scope("customers.edit", needs_key=True)
def add_address(request: HttpRequest, customer_id: int, body: AddressIn) -> Status[Json]:
    """Add an address; `fields` of an error name the parts that its country needs or does not know."""
    return Status(201, _save(request, _customer(customer_id), body))


@router.put("/{int:customer_id}/addresses/{int:address_id}", response={200: Json, **ERRORS})
@scope("customers.edit")
def put_address(request: HttpRequest, customer_id: int, address_id: int, body: AddressIn) -> Json:
    """Make an address exactly this; orders keep the one they were sent to."""
    customer = _customer(customer_id)
    return _save(request, customer, body, one(CustomerAddress, address_id, customer=customer))


def _save(request: HttpRequest, customer: Customer, body: AddressIn, before: CustomerAddress | None = None) -> Json:
    def unchanged() -> None:
        if before and _address(one(CustomerAddress, before.pk)) != _address(before):
            raise Conflict()

    parts = body.dict(exclude={"is_default"})
    row = services.save_address(
        customer_id=customer.pk,
        address=Address(**{**parts, "country": body.country.upper()}),
        address_id=before.pk if before else None,
        is_default=body.is_default,
        actor=actor_of(request),
        seen=unchanged,
    )
    return _address(row)


@router.delete("/{int:customer_id}/addresses/{int:address_id}", response={200: Json, **ERRORS})
@scope("customers.edit")
def delete_address(request: HttpRequest, customer_id: int, address_id: int) -> Json:
    """Take an address out of the book."""
    services.delete_address(customer_id=_customer(customer_id).pk, address_id=address_id, actor=actor_of(request))
    return {}


@router.post("/{int:customer_id}/tags", response={200: Json, **ERRORS})
@scope("customers.edit")
def change_tags(request: HttpRequest, customer_id: int, body: CustomerTagsIn) -> Json:
    """Give a customer tags, and take others away; the rest stays."""
    customer = _customer(customer_id)
    before = selectors.tags_of(customer.pk)

    def unchanged() -> None:
        if selectors.tags_of(customer.pk) != before:
            raise Conflict()

    gone = set(cleaned_tags(body.remove))
    services.save_customer(
        customer_id=customer.pk,
        draft=CustomerDraft(tags=[name for name in [*before, *cleaned_tags(body.add)] if name not in gone]),
        actor=actor_of(request),
        seen=unchanged,
    )
    return {"tags": selectors.tags_of(customer.pk)}


def _consents(customer_id: int) -> Json:
    customer = Customer.objects.get(pk=customer_id)
    return {
        "accepts": {channel: getattr(customer, f"accepts_{channel}") for channel in Channel.values},
        "records": [_record(row) for row in selectors.consents_of(customer_id)],
    }


def _record(row: ConsentRecord) -> Json:
    return {
        "channel": row.channel,
        "given": row.given,
        "source": row.source,
        "wording": row.wording,
        "wording_version": row.wording_version,
        "language": row.language,
        "network": row.network,
        "actor": row.actor,
        "recorded_at": row.recorded_at.isoformat(),
    }


@router.get("/{int:customer_id}/consents", response={200: Json, **ERRORS})
@scope("customers.view")
def list_consents(request: HttpRequest, customer_id: int) -> Json:
    """By which ways a customer agreed to advertising, and the newest 200 records that prove it."""
    return _consents(_customer(customer_id).pk)


@router.post("/{int:customer_id}/consents", response={200: Json, **ERRORS})
@scope("customers.edit")
def record_consent(request: HttpRequest, customer_id: int, body: ConsentIn) -> Json:
    """Record that a customer agreed to one way of advertising, or took it back; the same answer again is no news."""
    customer = _customer(customer_id)
    services.record_consent(
        customer_id=customer.pk,
        channel=body.channel,
        given=body.given,
        proof=Proof("staff", body.wording, language=customer.language),
        actor=actor_of(request),
    )
    return _consents(customer.pk)


@router.post("/{int:customer_id}/merge", response={200: Json, **ERRORS})
@scope("customers.edit", needs_key=True)
def merge_customers(request: HttpRequest, customer_id: int, body: MergeIn) -> Json:
    """Make one customer of two for good, and tell which stays: the one with an account, else the older one."""
    kept = services.merge_customers(
        first_id=_customer(customer_id).pk, second_id=body.other_id, actor=actor_of(request), checked=body.checked
    )
    return {"id": kept.pk}


@pairs.get("", response={200: Json, **ERRORS})
@scope("customers.view")
def list_doubles(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """Pairs of customers who look like one person, newest first; `reason` is what they have in common."""
    found, cursor = page_by_id(selectors.pairs(), after=after, limit=limit)
    rows = [{"id": row.pk, "customer_ids": [row.first_id, row.second_id], "reason": row.reason} for row in found]
    return {"doubles": rows, "next": cursor}


@pairs.delete("/{int:pair_id}", response={200: Json, **ERRORS})
@scope("customers.edit")
def dismiss_double(request: HttpRequest, pair_id: int) -> Json:
    """Say that two customers are two people; they are not suggested again."""
    services.dismiss_pair(pair_id=one(DuplicatePair, pair_id).pk)
    return {}


def _request(row: DataRequest) -> Json:
    return {
        "id": row.pk,
        "kind": row.kind,
        "state": row.state,
        "customer_id": row.customer_id,
        "created_at": row.created_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "receipt": row.receipt,
    }


def _ask(request: HttpRequest, customer_id: int, kind: str) -> Status[Json]:
    row = services.request_data(
        customer_id=_customer(customer_id).pk,
        kind=kind,
        actor=actor_of(request),
        language=translation.get_language_from_request(request),
    )
    return Status(202, _request(row))


@router.post("/{int:customer_id}/export", response={202: Json, **ERRORS})
@scope("customers.data", needs_key=True)
def export_person(request: HttpRequest, customer_id: int) -> Status[Json]:
    """Have a copy of all the shop knows of a person made; ask for the data request until it is done, then its file."""
    return _ask(request, customer_id, DataRequest.Kind.EXPORT)


@router.post("/{int:customer_id}/erase", response={202: Json, **ERRORS})
@scope("customers.data", needs_key=True)
def erase_person(request: HttpRequest, customer_id: int, body: EraseIn) -> Status[Json]:
    """Have a person forgotten everywhere, for good; orders stay with their amounts and tax, but without the person."""
    return _ask(request, customer_id, DataRequest.Kind.ERASE)


@requests.get("", response={200: Json, **ERRORS})
@scope("customers.data")
def list_requests(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """Copies and deletions of people's data that were asked for, newest first."""
    found, cursor = page_by_id(selectors.data_requests(), after=after, limit=limit)
    return {"data_requests": [_request(row) for row in found], "next": cursor}


@requests.get("/{int:request_id}", response={200: Json, **ERRORS})
@scope("customers.data")
def get_request(request: HttpRequest, request_id: int) -> Json:
    """How far a data request is: `state` is unconfirmed, waiting, done, refused or expired."""
    return _request(one(DataRequest, request_id))


@requests.get("/{int:request_id}/file", response={200: None, **ERRORS})
@scope("customers.data")
def get_file(request: HttpRequest, request_id: int) -> HttpResponse:
    """The copy as a zip, while it is kept: seven days."""
    return FileResponse(  # type: ignore[return-value]
        open_file(request_id=request_id).open("rb"), as_attachment=True, filename=f"customer-data-{request_id}.zip"
    )
