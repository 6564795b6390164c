"""The verb `run_import`: a file of a known format into the shop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import DuliError
from duli.base.money import Money, exponent
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.exchange.checksums import product_checksum, variant_checksum
from duli.commerce.exchange.fetching import ImageFetcher
from duli.commerce.exchange.formats import Context, Format, recognise
from duli.commerce.exchange.images import ImageSource
from duli.commerce.exchange.models import ImportRun
from duli.commerce.exchange.old_addresses import old_addresses
from duli.commerce.exchange.reading import FileProblem, Table, fingerprint, opened, read_table
from duli.commerce.exchange.report import ImportReport
from duli.commerce.exchange.services.known import OWN, Knowledge, Known
from duli.commerce.exchange.services.later import Later, do_later, wishes_of
from duli.commerce.exchange.services.pictures import Wanted, collect_assets
from duli.commerce.exchange.services.saving import Saved, Saver
from duli.commerce.exchange.spool import Spool
from duli.commerce.exchange.tongues import Tongues
from duli.commerce.exchange.types import (
    ImportedProduct,
    Parsed,
    Refusal,
    Row,
    TooManyCells,
    UnknownCurrency,
    ValueMissing,
)
from duli.commerce.inventory.models import Location
from duli.commerce.inventory.services import save_location
from duli.commerce.pricing.services import set_costs, set_prices
from duli.commerce.pricing.types import PriceInput
from duli.commerce.revisions.models import ChangeKind, ChangeSet
from duli.commerce.revisions.services import change_reference, open_change_set, record_created, recording
from duli.platform.redirects.services import lead_many
from duli.platform.store.selectors import current_store

BATCH = 100
Progress = Callable[[int, int], None]


def run_import(
    *,
    source: Path | BinaryIO,
    name: str,
    actor: str,
    images: Path | BinaryIO | None = None,
    dry_run: bool = False,
    currency: str = "",
    progress: Progress | None = None,
    fetcher: ImageFetcher | None = None,
    go_on: Callable[[], bool] | None = None,
    with_costs: bool = True,
    keep: Callable[[ImportReport, int], None] | None = None,
    skip: int = 0,
    earlier: dict[str, Any] | None = None,
) -> ImportReport:
    """Import a catalogue file (CSV, also gzipped; a litemall table with its neighbours in the same folder).

    `images` is a folder or a zip with the pictures the file names; addresses that are not in it are fetched.
    `currency` is that of prices which do not name theirs (the store's own if empty). `progress` is told
    (products done, products in all), `go_on` is asked before each batch. A dry run does everything and takes it back.
    `keep` is told in the transaction of each batch the report so far and how many products were done, so that a run
    that is cut off is known of: the next one is given both as `earlier` (`as_json`) and `skip`, leaves those products
    as they are by now, and its report is that of the whole.
    Without `with_costs` what goods cost stays as it is, whatever the file says of it.

    The file is read to its end first: one that cannot be read changes nothing, and the report has `failed` set
    and says in which row. Each product is taken whole or refused with reasons, many in one transaction; what was
    done is remembered per product, so that an interrupted import is resumed by starting it again.
    """
    started = time.monotonic()
    report = ImportReport(name=name, dry_run=dry_run)
    report.go_on_from(earlier or {})
    run: ImportRun | None = None
    try:
        with opened(source) as file, Spool() as spool, ImageSource(images, fetcher) as pictures:
            digest = fingerprint(file)
            table = read_table(file)
            kind = recognise(table.columns, table.titles)
            currency = _currency(currency)
            report.source, report.encoding = kind.code, table.encoding
            tongues = Tongues.of(table.titles if kind.source == OWN else ())
            _spool(table, kind, spool, report, tongues, is_first=not earlier)
            kind.prepare(source.parent if isinstance(source, Path) else None, spool)
            total = spool.close_groups()
            if not dry_run:
                run = ImportRun.objects.create(
                    name=name[:255], file_hash=digest, source=kind.code, actor=actor, started_at=now()
                )
            work = _Import(
                kind, table, tongues, spool, pictures, report, actor, dry_run, currency, run, with_costs, keep
            )
            groups = spool.groups()
            for first in range(0, skip, BATCH):
                work.look_again(list(islice(groups, min(BATCH, skip - first))))
            work.done = skip
            while batch := list(islice(groups, BATCH)):
                if go_on is not None and not go_on():
                    report.stopped = True
                    break
                work.take(batch)
                if progress is not None:
                    progress(work.done, total)
            work.finish()
    except FileProblem as problem:
        report.failed = True
        report.add_refused([Refusal(problem.row, "", "file", problem.error)])
    except DuliError as error:
        report.failed = True
        report.add_refused([Refusal(0, "", "file", error)])
    except BaseException:
        if run is not None:
            _close(run, ImportRun.State.FAILED, report)
        raise
    report.seconds = time.monotonic() - started
    if run is not None:
        _close(run, ImportRun.State.FINISHED, report)
    return report


def _close(run: ImportRun, state: str, report: ImportReport) -> None:
    run.state = state
    run.report = report.as_json(limit=500)
    run.finished_at = now()
    run.save(update_fields=["state", "report", "finished_at"])


def _currency(given: str) -> str:
    currency = given.upper() or current_store().default_currency
    try:
        exponent(currency)
    except ValueError:
        raise UnknownCurrency(field="currency", currency=given) from None
    return currency


def _spool(table: Table, kind: Format, spool: Spool, report: ImportReport, tongues: Tongues, *, is_first: bool) -> None:
    """Put every row aside under its product; refuse those that belong to none. A run that goes on has said so."""
    spool.columns[""] = table.columns
    width = len(table.columns)
    for number, cells in table.records:
        report.rows += 1
        tongues.count(cells)
        if any(cell.strip() for cell in cells[width:]):
            error: DuliError = TooManyCells(field="row", cells=len(cells), columns=width)
        elif key := kind.key(Row(number, dict(zip(table.columns, cells, strict=False))), spool):
            spool.add("", key, number, cells[:width])
            continue
        else:
            error = ValueMissing(field="key", column=table.titles[0])
        if is_first:
            report.add_refused([Refusal(number, "", "row", error)])
            report.products.refused += 1
    if is_first:
        report.add_notes(Refusal(1, "", "file", problem) for problem in tongues.told())


@dataclass(slots=True)
class _Work:
    """A product of the file on its way, with what is known of it."""

    product: ImportedProduct
    parsed: Parsed
    known: Known | None
    checksum: str
    assets: dict[str, int]
    has_new_images: bool = False

    @property
    def is_unchanged(self) -> bool:
        return self.known is not None and self.known.checksum == self.checksum and not self.has_new_images


class _Import:
    """One run over one file."""

    def __init__(
        self,
        kind: Format,
        table: Table,
        tongues: Tongues,
        spool: Spool,
        pictures: ImageSource,
        report: ImportReport,
        actor: str,
        dry_run: bool,
        currency: str,
        run: ImportRun | None,
        with_costs: bool,
        keep: Callable[[ImportReport, int], None] | None,
    ) -> None:
        self._kind = kind
        self._table = table
        self._tongues = tongues
        self._spool = spool
        self._pictures = pictures
        self._report = report
        self._actor = actor
        self._dry_run = dry_run
        self._currency = currency
        self._with_costs = with_costs
        self._keep = keep
        self.done = 0
        """Products of the file, in its order, that were taken or refused, by this run or an earlier one."""
        self._later: list[Later] = []
        self._reference = f"import:{run.pk}" if run else ""
        self._saver: Saver | None = None
        self._change_set: ChangeSet | None = None
        self._stored: dict[int, ImportedProduct] = {}

    def take(self, batch: list[tuple[str, dict[str, list[Row]]]]) -> None:
        """Parse, compare and save some products: pictures first (they may come over the network), then one
        transaction for all of them."""
        knowledge, context = self._known(batch)
        works = [work for work in self._parse_all(batch, knowledge, context) if work is not None]
        self._picture_phase(works)
        with transaction.atomic():
            self._save_all(works)
            self.done += len(batch)
            if self._dry_run:
                transaction.set_rollback(True)
            elif self._keep is not None:
                self._keep(self._report, self.done)
        if self._dry_run:
            self._saver = None

    def look_again(self, batch: list[tuple[str, dict[str, list[Row]]]]) -> None:
        """Take up what products that an earlier run has saved still wait for; nothing else of them is touched, for
        staff may have worked on them since."""
        knowledge, context = self._known(batch)
        there: list[tuple[int, ImportedProduct]] = []
        for key, rows in batch:
            known, product = knowledge.products.get(key), self._told(self._kind.parse(key, rows, context))
            if known is not None and product is not None and known.checksum != product_checksum(product):
                there.append((known.product_id, product))
        ids: dict[int, dict[str, int]] = {pk: {} for pk, _product in there}
        active = Variant.objects.filter(product_id__in=ids, is_active=True)
        for product_id, title, pk in active.values_list("product_id", "title", "pk"):
            ids[product_id][title] = pk
        for product_id, product in there:
            variants = [ids[product_id].get(" / ".join(variant.option_values), 0) for variant in product.variants]
            if all(variants):
                self._later += wishes_of(product, product_id, variants, is_new=False)

    def _told(self, parsed: Parsed) -> ImportedProduct | None:
        """Return what a file says of a product, without what it costs where that is nobody's business."""
        if parsed.product is None or self._with_costs:
            return parsed.product
        variants = tuple(replace(variant, cost=None) for variant in parsed.product.variants)
        return replace(parsed.product, variants=variants)

    def _known(self, batch: list[tuple[str, dict[str, list[Row]]]]) -> tuple[Knowledge, Context]:
        knowledge = Knowledge(
            self._kind,
            [key for key, _ in batch],
            with_costs=self._with_costs,
            languages=self._tongues.languages,
        )
        context = Context(
            currency=self._currency,
            columns=self._table.columns,
            titles=self._tongues.titles if self._kind.source == OWN else self._table.titles,
            claim_sku=self._spool.claim_sku,
            facts=knowledge.facts.get,
            current=knowledge.current,
        )
        if self._kind.source == OWN:
            knowledge.compare_own(context)
        return knowledge, context

    def finish(self) -> None:
        """Set what needed other products of the file: bundles, files and related products."""
        for first in range(0, len(self._later), BATCH):
            wishes = self._later[first : first + BATCH]
            ids = sorted({wish.product_id for wish in wishes})
            with recording(change_set=self._changes(), product_ids=ids):
                notes = do_later(wishes, self._actor)
                if not self._report.stopped:
                    # What is not there yet may be in the part of the file that was not read.
                    self._report.add_notes(notes)
                if self._keep is not None:
                    self._keep(self._report, self.done)

    def _parse_all(
        self, batch: list[tuple[str, dict[str, list[Row]]]], knowledge: Knowledge, context: Context
    ) -> Iterator[_Work | None]:
        report = self._report
        for key, rows in batch:
            parsed = self._kind.parse(key, rows, context)
            report.add_refused(parsed.refused)
            report.add_notes(parsed.notes)
            product = self._told(parsed)
            if product is None:
                self._count_refused(parsed)
                continue
            report.variants.refused += sum(refusal.kind == "variant" for refusal in parsed.refused)
            report.products.refused += sum(refusal.kind == "product" for refusal in parsed.refused)
            yield _Work(product, parsed, knowledge.products.get(key), product_checksum(product), {})

    def _count_refused(self, parsed: Parsed) -> None:
        self._report.variants.refused += parsed.variants
        self._report.images.refused += parsed.images
        self._report.products.refused += 1

    def _picture_phase(self, works: list[_Work]) -> None:
        results = collect_assets(
            wanted=[
                Wanted(work.product.images, work.known.images if work.known else {}, work.product.title)
                for work in works
            ],
            source=self._pictures,
            actor=self._actor,
            dry_run=self._dry_run,
        )
        for work, found in zip(works, results, strict=True):
            work.assets = found.assets
            work.has_new_images = bool(found.created)
            self._report.images.created += found.created
            self._report.images.unchanged += found.unchanged
            self._report.images.refused += len(found.missing)
            self._report.add_refused(
                Refusal(image.row, work.product.key, "image", error) for image, error in found.missing
            )

    def _save_all(self, works: list[_Work]) -> None:
        """Save what is new or changed; prices of all of it together."""
        todo = [work for work in works if not work.is_unchanged]
        for work in works:
            if work.is_unchanged:
                self._report.products.unchanged += 1
                self._report.variants.unchanged += len(work.product.variants)
        if not todo:
            return
        saver = self._saver = self._saver or Saver(
            kind=self._kind, actor=self._actor, locations=_locations(), reference=self._reference
        )
        fresh = [work for work in todo if work.known is None and not work.product.keep_product]
        created = dict(
            zip(map(id, fresh), saver.save_new([(work.product, work.assets) for work in fresh]), strict=True)
        )
        if self._dry_run:
            self._save_rest(saver, todo, created)
            self._stored.clear()
            return
        with recording(change_set=self._changes(), product_ids=self._known_ids(todo)) as recorder:
            fresh_ids = self._save_rest(saver, todo, created)
            slow = [saved.product_id for saved in created.values() if saved is not None]
            recorder.created(*(pk for pk in fresh_ids if pk not in set(slow)))
        record_created(change_set=self._changes(), product_ids=slow)
        self._lead_old_addresses()

    def _lead_old_addresses(self) -> None:
        """Lead visitors of the old shop's addresses to the products that were just saved."""
        found = {pk: old_addresses(self._kind.source, product) for pk, product in self._stored.items()}
        self._stored.clear()
        handles = dict(
            Product.objects.filter(pk__in=[pk for pk, old in found.items() if old]).values_list("pk", "handle")
        )
        if handles:
            lead_many(
                addresses={old: f"/products/{handle}" for pk, handle in handles.items() for old in found[pk]},
                reference=change_reference(self._changes().pk),
            )

    def _changes(self) -> ChangeSet:
        """Return the unit under which everything of this run can be taken back, opened when it is first needed."""
        if self._change_set is None:
            self._change_set = open_change_set(kind=ChangeKind.IMPORT, actor=self._actor, note=self._report.name)
            self._report.change_set_id = self._change_set.pk
        return self._change_set

    @staticmethod
    def _known_ids(works: list[_Work]) -> list[int]:
        return sorted({work.known.product_id for work in works if work.known is not None})

    def _save_rest(self, saver: Saver, todo: list[_Work], created: Mapping[int, Saved | None]) -> list[int]:
        """Save what was not created in bulk, and the prices of everything; return the ids of new products."""
        prices: list[PriceInput] = []
        costs: dict[int, Money | None] = {}
        fresh_ids: list[int] = []
        for work in todo:
            saved = created.get(id(work))
            if saved is None:
                try:
                    saved = saver.save(work.product, work.known, work.assets)
                except DuliError as error:
                    self._report.add_refused([Refusal(work.product.row, work.product.key, "product", error)])
                    self._report.products.refused += 1
                    self._report.variants.refused += len(work.product.variants)
                    continue
            prices += saved.prices
            costs |= saved.costs
            if not self._dry_run:
                self._later += saved.later
            self._stored[saved.product_id] = work.product
            if saved.is_new:
                fresh_ids.append(saved.product_id)
            self._report.add_notes(saved.notes)
            self._count_saved(work, saved.is_new)
        if prices:
            set_prices(prices=prices, actor=self._actor, imported=True)
        if costs and self._with_costs:
            set_costs(costs=costs)
        return fresh_ids

    def _count_saved(self, work: _Work, is_new: bool) -> None:
        if is_new:
            self._report.products.created += 1
        else:
            self._report.products.updated += 1
        before: Mapping[str, object] = work.known.variants if work.known else {}
        for variant in work.product.variants:
            entry = before.get(" / ".join(variant.option_values))
            if entry is None:
                self._report.variants.created += 1
            elif entry == [variant_checksum(variant), dict(variant.stock)]:
                self._report.variants.unchanged += 1
            else:
                self._report.variants.updated += 1


def _locations() -> dict[str, int]:
    """Return location ids by code, the default one also as ""; a shop without any gets its first."""
    rows = list(Location.objects.filter(is_active=True).order_by("priority", "pk"))
    if not rows:
        rows = [save_location(code="main", name=current_store().name)]
    return {"": rows[0].pk, **{row.code: row.pk for row in rows}}
