"""What a bill and the shop say about the same money, compared as pure data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from duli.base.money import Money
from duli.commerce.reconciliation.states import DifferenceKind


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came ("captured"), went back ("refunded") or returned ("refund_failed").

    `token` is our name for it, `transaction_id` the provider's.
    `reference` and `label` say what it is for ("order:12", "1012"); the provider's side leaves them out.
    """

    kind: str
    token: str
    transaction_id: str
    amount: Money
    reference: str = ""
    label: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.transaction_id or self.token}"


@dataclass(frozen=True, slots=True)
class Difference:
    kind: DifferenceKind
    theirs: Movement | None
    ours: Movement | None

    @property
    def key(self) -> str:
        found = self.theirs or self.ours
        assert found is not None
        return found.key


class Known:
    """Movements, found by the provider's name for them or by ours."""

    def __init__(self, movements: Iterable[Movement]) -> None:
        self._found: dict[tuple[str, str], Movement] = {}
        for movement in movements:
            for name in filter(None, (movement.transaction_id, movement.token)):
                self._found.setdefault((movement.kind, name), movement)

    def like(self, movement: Movement) -> Movement | None:
        """Return what speaks of the same money, the provider's name first."""
        return self._found.get((movement.kind, movement.transaction_id)) or self._found.get(
            (movement.kind, movement.token)
        )


def differences_of_bill(theirs: Sequence[Movement], ours: Known) -> Iterator[Difference]:
    """Yield what is in the bill and not in the shop, and what has another amount in each."""
    for movement in theirs:
        own = ours.like(movement)
        if own is None:
            yield Difference(DifferenceKind.MISSING_HERE, movement, None)
        elif own.amount != movement.amount:
            yield Difference(DifferenceKind.AMOUNT, movement, own)


def missing_from_bills(ours: Sequence[Movement], theirs: Known) -> Iterator[Difference]:
    """Yield what is in the shop and in none of the bills."""
    for movement in ours:
        if theirs.like(movement) is None:
            yield Difference(DifferenceKind.MISSING_THERE, None, movement)
