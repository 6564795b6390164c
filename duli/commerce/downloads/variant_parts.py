"""The files of variants, for their revisions and for tables: name and limits of each; contents are in no revision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from duli.commerce.downloads.models import DownloadFile
from duli.commerce.downloads.services import arrange_files
from duli.commerce.revisions.parts import variant_parts


class Files:
    """A variant's files as [[id, name, days, most], …]; ids are 0 where a table tells them by name."""

    def read(self, variant_ids: Iterable[int]) -> Mapping[int, list[list[Any]]]:
        found: dict[int, list[list[Any]]] = defaultdict(list)
        rows = DownloadFile.objects.filter(variant_id__in=list(variant_ids), is_active=True)
        for variant_id, *values in rows.order_by("position", "pk").values_list(
            "variant_id", "pk", "name", "days", "most"
        ):
            found[variant_id or 0].append(values)
        return found

    def write(self, variant_id: int, value: Any, actor: str) -> list[str]:
        return arrange_files(variant_id=variant_id, files=[tuple(entry) for entry in value or ()], actor=actor)


variant_parts.register("files", Files())
