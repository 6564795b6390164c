"""A copy of one's data, and being forgotten."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from duli.base.clock import now
from duli.base.errors import DuliError, NotFound
from duli.base.ids import is_token, new_token, short_code
from duli.base.text import guarded
from duli.commerce.customers.events import CustomerErased as ErasedEvent
from duli.commerce.customers.events import DataExported
from duli.commerce.customers.holders import Person, Rows, holders
from duli.commerce.customers.jobs import work_on_data_request
from duli.commerce.customers.locks import lock_customers, lock_request
from duli.commerce.customers.models import DataRequest
from duli.commerce.customers.selectors import customer_by_id, person_of
from duli.commerce.customers.types import CustomerErased, NoProvedAddress, RequestExpired
from duli.platform.audit import services as audit
from duli.platform.events.services import publish
from duli.platform.mail import services as mail
from duli.platform.mail.compose import page_url

KEPT = timedelta(days=7)
CONFIRM_WITHIN = timedelta(days=1)
State = DataRequest.State


def folder() -> Path:
    return Path(settings.DATA_DIR) / "privacy"


@transaction.atomic
def request_data(*, customer_id: int, kind: str, actor: str, language: str, must_confirm: bool = False) -> DataRequest:
    """Ask for a copy of a customer's data or for its deletion; a job does it. The same wish twice is one request.

    With `must_confirm` the deletion waits until a link that is sent to a proved address is followed. Raises
    NotFound, CustomerErased, NoProvedAddress, and whatever a room has against the deletion.
    """
    customer = customer_by_id(customer_id)
    lock_customers([customer.pk])
    if customer.erased_at:
        raise CustomerErased()
    person = person_of(customer.pk)
    if kind == DataRequest.Kind.ERASE:
        for _code, holder in holders:
            holder.check_erasable(person)
    waiting = DataRequest.objects.filter(customer=customer, kind=kind, state=State.WAITING).first()
    if waiting:
        return waiting
    state = State.UNCONFIRMED if must_confirm else State.WAITING
    if must_confirm and not person.emails and not person.phones:
        raise NoProvedAddress()
    request = DataRequest.objects.create(
        kind=kind,
        state=state,
        customer=customer,
        token=new_token(),
        language=language,
        actor=actor,
        created_at=now(),
        expires_at=now() + CONFIRM_WITHIN if must_confirm else None,
    )
    if must_confirm:
        _ask(request, person)
    else:
        work_on_data_request.enqueue(request_id=request.pk)
    return request


def _ask(request: DataRequest, person: Person) -> None:
    to = (*person.emails, *person.phones)[0]
    url = page_url(f"/account/privacy/erase/{request.token}", request.language)
    mail.send(
        template="confirm_erasure",
        to=to,
        language=request.language,
        context={"url": url, "hours": 24},
        reference=f"customer:{request.customer_id}",
        key=f"erase:{request.pk}",
    )


@transaction.atomic
def confirm_erasure(*, token: str) -> DataRequest:
    """Begin the deletion that the link was sent for; followed twice it happens once. NotFound, RequestExpired."""
    if not is_token(token):
        raise NotFound()
    request = DataRequest.objects.filter(token=token, kind=DataRequest.Kind.ERASE).first()
    if request is None:
        raise NotFound()
    if request.state in {State.WAITING, State.DONE}:
        return request
    if request.expires_at is None or request.expires_at < now():
        raise RequestExpired()
    try:
        with transaction.atomic():
            changed = DataRequest.objects.filter(pk=request.pk, state=State.UNCONFIRMED).update(
                state=State.WAITING, expires_at=None
            )
    except IntegrityError:
        # Another request for the same is being worked on already.
        return request
    if changed:
        work_on_data_request.enqueue(request_id=request.pk)
    request.refresh_from_db()
    return request


def work_on_request(*, request_id: int) -> None:
    """Do what was asked for; started again after a crash it begins anew."""
    request = DataRequest.objects.filter(pk=request_id, state=State.WAITING).first()
    if request is None or request.customer_id is None:
        return
    if request.kind == DataRequest.Kind.EXPORT:
        _export(request)
    else:
        _erase(request)


def _export(request: DataRequest) -> None:
    assert request.customer_id is not None
    person = person_of(request.customer_id)
    tables: dict[str, Rows] = {}
    for _code, holder in holders:
        found = holder.export(person)
        if tables.keys() & found.keys():
            raise RuntimeError(f"two rooms call their part of a person's data {sorted(tables.keys() & found.keys())}")
        tables.update(found)
    folder().mkdir(parents=True, exist_ok=True)
    path = f"{short_code(24)}.zip"
    descriptor = os.open(folder() / path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        whole = json.dumps(tables, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        packed.writestr("data.json", whole)
        for name, rows in tables.items():
            if rows:
                packed.writestr(f"{name}.csv", _as_csv(rows))
    with transaction.atomic():
        locked = lock_request(request.pk)
        if locked is None or locked.state != State.WAITING:
            (folder() / path).unlink(missing_ok=True)
            return
        locked.state = State.DONE
        locked.path = path
        locked.finished_at = now()
        locked.expires_at = now() + KEPT
        locked.receipt = {name: len(rows) for name, rows in tables.items()}
        locked.save()
        audit.record(
            area="customers", action="exported", reference=f"customer:{request.customer_id}", actor=request.actor
        )
        publish(
            DataExported(request.customer_id, request.pk),
            reference=f"customer:{request.customer_id}",
            actor=request.actor,
        )
        # Whom staff or their programs asked for learns it from them.
        if not request.actor.startswith(("user:", "token:")) or request.actor == f"user:{person.user_id}":
            _tell_ready(locked, person)


def _as_csv(rows: Rows) -> bytes:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guarded(_written(row.get(column))) for column in columns])
    return text.getvalue().encode("utf-8-sig")


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    return str(value)


def _tell_ready(request: DataRequest, person: Person) -> None:
    to = next(iter((*person.emails, *person.phones)), "")
    if to:
        mail.send(
            template="data_ready",
            to=to,
            language=request.language,
            context={"url": page_url("/account/privacy", request.language), "days": KEPT.days},
            reference=f"customer:{request.customer_id}",
            key=f"data:{request.pk}",
        )


@transaction.atomic
def _erase(request: DataRequest) -> None:
    """Forget the person in every room, in one transaction; what stays of the request are numbers."""
    locked = lock_request(request.pk)
    if locked is None or locked.state != State.WAITING or locked.customer_id is None:
        return
    customer_id = customer_by_id(locked.customer_id).pk
    person = person_of(customer_id)
    lock_customers(person.customer_ids)
    receipt: dict[str, Any] = {}
    try:
        with transaction.atomic():
            for _code, holder in holders:
                holder.check_erasable(person)
            # The rooms above first: they may still need to read who the customer is.
            for code, holder in reversed(list(holders)):
                receipt[code] = holder.erase(person)
    except DuliError as error:
        locked.state = State.REFUSED
        locked.receipt = {"obstacle": error.code}
        locked.finished_at = now()
        locked.save()
        return
    for other in DataRequest.objects.filter(customer_id__in=person.customer_ids).exclude(pk=locked.pk):
        _forget_file(other)
    locked.state = State.DONE
    locked.receipt = receipt
    locked.finished_at = now()
    locked.customer = None
    locked.actor = "shopper" if locked.actor == f"user:{person.user_id}" else locked.actor
    locked.save()
    audit.record(area="customers", action="erased", reference=f"customer:{customer_id}", actor=locked.actor)
    publish(ErasedEvent(customer_id, locked.pk), reference=f"customer:{customer_id}", actor=locked.actor)


def _forget_file(request: DataRequest) -> None:
    if request.path:
        (folder() / request.path).unlink(missing_ok=True)
    DataRequest.objects.filter(pk=request.pk).update(state=State.EXPIRED, path="")


def open_file(*, request_id: int, customer_id: int | None = None) -> Path:
    """Return the file of a finished export, of anybody or only of one's own. NotFound, RequestExpired."""
    rows = DataRequest.objects.filter(pk=request_id, kind=DataRequest.Kind.EXPORT)
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    request = rows.first()
    if request is None:
        raise NotFound()
    if request.state != State.DONE or request.expires_at is None or request.expires_at < now():
        raise RequestExpired()
    path = folder() / request.path
    if not request.path or not path.is_file():
        raise RequestExpired()
    return path


def forget_files() -> int:
    """Delete files that have run out, and close requests nobody confirmed; return how many."""
    count = 0
    old = DataRequest.objects.filter(expires_at__lt=now(), state__in=[State.DONE, State.UNCONFIRMED])
    for request in old:
        _forget_file(request)
        count += 1
    return count
