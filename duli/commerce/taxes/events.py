"""What registers and limits have to say later than somebody asked. Published with reference ``vat:<number>``."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("taxes.vat_id_answered")
@dataclass(frozen=True, slots=True)
class VatIdAnswered:
    """The register of a VAT id has answered after all; `check_id` is the row with the answer and its proof."""

    check_id: int
    number: str
    state: str
