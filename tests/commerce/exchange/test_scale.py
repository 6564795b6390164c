"""A catalogue of any size needs the memory of a few products."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from duli.commerce.exchange.formats import Context, recognise
from duli.commerce.exchange.reading import opened, read_table
from duli.commerce.exchange.report import ImportReport
from duli.commerce.exchange.services import importing
from duli.commerce.exchange.spool import Spool
from duli.commerce.exchange.tongues import Tongues
from tests.commerce.exchange.catalogues import write_shopify_file
from tests.commerce.exchange.doing import take


def held() -> int:
    """Return how many containers are alive."""
    gc.collect()
    return len(gc.get_objects())


def test_reading_holds_no_more_for_the_last_product_than_for_the_first(tmp_path: Path) -> None:
    path = write_shopify_file(tmp_path / "many.csv", 1000)
    seen: list[int] = []
    with opened(path) as file, Spool() as spool:
        table = read_table(file)
        kind = recognise(table.columns, table.titles)
        importing._spool(table, kind, spool, ImportReport(name=""), Tongues([]), is_first=True)
        assert spool.close_groups() == 1000
        context = Context("CNY", table.columns, table.titles, spool.claim_sku, lambda key: None, lambda key: None)
        for number, (key, rows) in enumerate(spool.groups()):
            assert kind.parse(key, rows, context).product is not None
            if number % 250 == 100:
                seen.append(held())
    assert len(seen) == 4
    assert max(seen) < seen[0] + 500


@pytest.mark.django_db
def test_importing_holds_no_more_for_the_last_batch_than_for_the_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)
    path = write_shopify_file(tmp_path / "many.csv", 60)
    seen: list[int] = []
    take(path, progress=lambda done, total: seen.append(held()))
    assert len(seen) == 6
    assert seen[-1] < seen[1] + 1000
