"""Old addresses and where they lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError
from duli.commerce.exchange.records.base import Field, Outcome, digest
from duli.commerce.exchange.types import Row, ValueMissing
from duli.platform.redirects.models import Redirect
from duli.platform.redirects.services import delete_redirects, save_redirect, source_of


class Redirects:
    code = "redirects"
    fields: tuple[Field, ...] = (
        Field(
            "source",
            _("Old address"),
            ("Redirect from", "From", "Source", "Source URL", "Old URL", "Old address", "旧地址", "原地址", "来源"),
            True,
        ),
        Field(
            "target",
            _("New address"),
            (
                "Redirect to",
                "To",
                "Target",
                "Target URL",
                "New URL",
                "New address",
                "Destination",
                "新地址",
                "目标地址",
            ),
            True,
        ),
    )
    telling = frozenset({"source", "target"})

    def key(self, row: Mapping[str, str], number: int) -> str:
        try:
            return source_of(row.get("source", ""))
        except DuliError:
            return f"row {number}"

    def save(self, rows: Sequence[Row], actor: str, source: str) -> Outcome:
        row = rows[-1]
        for name, label in (("source", "Old address"), ("target", "New address")):
            if not row.get(name):
                raise ValueMissing(field=name, column=label)
        stored, before = save_redirect(source=row.get("source"), target=row.get("target"))
        return Outcome(
            stored.pk,
            created=not before,
            changed=bool(before) and before != stored.target,
            before={"target": before} if before else None,
            after=digest(stored.target),
        )

    def finish(self, object_ids: Sequence[int]) -> None:
        return None

    def revert(self, object_id: int, before: dict[str, Any] | None, after: str, actor: str) -> bool:
        row = Redirect.objects.filter(pk=object_id).first()
        if row is None:
            return True
        if digest(row.target) != after:
            return False
        if before is None:
            delete_redirects(ids=[object_id])
        else:
            save_redirect(source=row.source, target=before["target"])
        return True
