"""What rooms above keep of a variant, as plain data: kept in its revisions, compared, put back, and exported.

A room writes a `variant_parts.py` that registers a `VariantPart` here; the module is imported at the start. The value
of a variant is a list or a mapping of plain JSON values, empty where there is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from duli.base.registry import Registry


class VariantPart(Protocol):
    def read(self, variant_ids: Iterable[int]) -> Mapping[int, Any]:
        """Return the value of each variant that has one, in a fixed number of queries."""
        ...

    def write(self, variant_id: int, value: Any, actor: str) -> list[str]:
        """Make it what `value` says, as far as it still can be; return the names of what is not there any more."""
        ...


variant_parts: Registry[VariantPart] = Registry("variant part")
