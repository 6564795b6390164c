"""What happens to codes. Published with reference ``customer:<id>``."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("promotions.birthday_code_given")
@dataclass(frozen=True, slots=True)
class BirthdayCodeGiven:
    """A customer was given a code of their own for a birthday; what it says is for their eyes only."""

    customer_id: int
    promotion_id: int
    code_id: int
