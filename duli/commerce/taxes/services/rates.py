"""Many rates at once: those the shop comes with, and tables that somebody uploads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.commerce.pricing.models import TaxRate
from duli.commerce.pricing.services import postcode_list
from duli.commerce.taxes.rate_files import FileRate, Refused, china_rates, read_table, union_rates, world_rates
from duli.commerce.taxes.supply import in_union
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.seen import hold

MOST_ROWS = 200_000
UNION, CHINA, WORLD = "eu", "cn", "world"
_KEY = ("country", "region", "tax_class", "priority", "valid_from", "city", "postcodes")


@transaction.atomic
def load_rates(*, which: str, actor: str) -> int:
    """Add the rates that the shop comes with, of the EU ("eu"), of China ("cn") or of the rest of the
    world ("world"); return how many.

    What the merchant has for the same place, class and day stays as it is. InvalidInput.
    """
    if which == UNION:
        rows = list(union_rates())
    elif which == CHINA:
        rows = list(china_rates())
    elif which == WORLD:
        rows = [row for row in world_rates() if not in_union(row.country) and row.country not in {"GB", "CN"}]
    else:
        raise InvalidInput(field="which")
    return _write(rows, actor=actor, label=which, replaces=False)


@transaction.atomic
def import_rates(*, lines: Iterable[str], valid_from: date, actor: str) -> tuple[int, list[Refused]]:
    """Write a table of rates (see `rate_files.read_table`), each line of which counts from a day on.

    The same place, class and day again is changed. Lines that are no rate are left out and returned. InvalidInput:
    too many lines.
    """
    found, refused = read_table(lines, valid_from=valid_from)
    if len(found) > MOST_ROWS:
        raise InvalidInput(field="file")
    good: list[FileRate] = []
    for row in found:
        field = _problem(row)
        if field:
            refused.append(Refused(row.line, field))
        else:
            good.append(row)
    return _write(good, actor=actor, label="CSV", replaces=True), sorted(refused, key=lambda one: one.line)


def _problem(row: FileRate) -> str:
    """Return the field that keeps a line from being a rate, or nothing."""
    if row.country != "*" and not (len(row.country) == 2 and row.country.isascii() and row.country.isalpha()):
        return "country"
    if not row.rate.is_finite() or not 0 <= row.rate <= 1 or row.rate != round(row.rate, 5):
        return "rate"
    if not 1 <= row.priority <= 99:
        return "priority"
    if len(row.region) > 20 or len(row.city) > 80 or len(row.name) > 60 or len(row.tax_class) > 40 or not row.tax_class:
        return "region"
    try:
        postcode_list(row.postcodes)
    except InvalidInput:
        return "postcodes"
    return ""


def _write(rows: list[FileRate], *, actor: str, label: str, replaces: bool) -> int:
    hold("taxes")
    wanted = {}
    for row in rows:
        values = asdict(row)
        del values["line"]
        values["postcodes"] = postcode_list(row.postcodes)
        wanted[tuple(values[name] for name in _KEY)] = TaxRate(**values)
    countries = {row.country for row in rows}
    known = {
        tuple(getattr(rate, name) for name in _KEY): rate for rate in TaxRate.objects.filter(country__in=countries)
    }
    new = [rate for key, rate in wanted.items() if key not in known]
    changed: list[TaxRate] = []
    if replaces:
        for key, rate in wanted.items():
            old = known.get(key)
            if old is not None:
                rate.pk = old.pk
                changed.append(rate)
    TaxRate.objects.bulk_create(new, batch_size=500)
    TaxRate.objects.bulk_update(changed, ["name", "rate", "compound"], batch_size=500)
    count = len(new) + len(changed)
    if count:
        record_change(
            area="taxes", reference=f"tax_rates:{label}", label=label, before=None, after={"rates": count}, actor=actor
        )
        mark("taxes")
    return count
