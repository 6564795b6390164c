"""A verb that may wait for a second person, for tests: it writes down that it was carried out."""

from __future__ import annotations

from typing import Any

from duli.base.errors import InvalidInput
from duli.platform.accounts.approvals import Approved, approvable
from duli.platform.audit.services import record

KIND = "tests.give_back"
JOB_KIND = "tests.give_back_by_job"


def _give_back(intent: dict[str, Any], approved: Approved) -> None:
    if intent.get("refuse"):
        raise InvalidInput(field="amount")
    record(
        area="tests",
        action="given",
        reference=approved.key,
        actor=approved.decided_by,
        changes={"intent": (None, intent)},
    )


approvable(KIND, label="Give back", permission="orders.payments", limit="refund")(_give_back)  # type: ignore[arg-type]
approvable(JOB_KIND, label="Give back", permission="orders.payments", limit="refund", as_job=True)(  # type: ignore[arg-type]
    _give_back
)
