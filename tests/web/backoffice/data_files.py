"""Copies of people's data, for tests of the pages that hand them out."""

from __future__ import annotations

from datetime import timedelta

from duli.base.clock import now
from duli.base.ids import new_token
from duli.commerce.customers.models import DataRequest
from duli.commerce.customers.services.privacy import folder


def data_file(customer_id: int) -> DataRequest:
    """A copy of somebody's data that is ready to be downloaded."""
    folder().mkdir(parents=True, exist_ok=True)
    (folder() / "made.zip").write_bytes(b"PK")
    return DataRequest.objects.create(
        kind="export", state="done", customer_id=customer_id, token=new_token(), path="made.zip", actor="guest",
        created_at=now(), expires_at=now() + timedelta(days=1),
    )  # fmt: skip
