"""Keys of things, as calls name them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

from django.db.models import Model
from ninja import Field
from pydantic import AfterValidator, AwareDatetime

from duli.base.errors import NotFound

BIGGEST_KEY: Final = 2**63 - 1
Key = Annotated[int, Field(ge=1, le=BIGGEST_KEY)]
M = TypeVar("M", bound=Model)


def _kept(moment: datetime) -> datetime:
    """Return a moment in UTC; ValueError for one that no database keeps in every zone."""
    if not 1900 <= moment.year < 9999:
        raise ValueError("year")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_kept)]


def one(model: type[M], key: int, **values: Any) -> M:
    """Return what has this key. NotFound."""
    row = model._default_manager.filter(pk=key, **values).first()
    if row is None:
        raise NotFound()
    return row
