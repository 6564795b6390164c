"""Taking in what a bank says: a line is kept once, however many files tell it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import Conflict, InvalidInput
from duli.base.text import one_line
from duli.commerce.reconciliation import locks
from duli.commerce.reconciliation.formats import CSV, Defaults, Entry, UnreadableStatement, entries_of, format_of, table
from duli.commerce.reconciliation.formats.entries import MOST_ENTRIES, decoded
from duli.commerce.reconciliation.models import Statement, StatementLine, StatementMapping
from duli.commerce.reconciliation.states import StatementState

MAXIMUM_MEGABYTES = 10
_CHUNK = 500


@transaction.atomic
def read_statement(
    *, content: bytes, name: str, actor: str, account: str = "", currency: str = "", ask: bool = False
) -> Statement:
    """Read a file of a bank: MT940, OFX, camt.053 or a table (CSV) whose headings are known or remembered.

    What came in becomes lines to match; what went out is only counted, what was there already too. Of a table whose
    columns nobody knows (or with `ask`) the text is kept, and the state says that they are to be chosen. `account` and
    `currency` are for files that do not say them. UnreadableStatement, InvalidInput (too large, empty).
    """
    if not content or len(content) > MAXIMUM_MEGABYTES * 1024 * 1024:
        raise InvalidInput(field="file")
    kind = format_of(content)
    statement = Statement(
        name=one_line(name, 255) or "statement",
        format=kind,
        account=one_line(account, 60),
        currency=currency.strip().upper()[:3],
        actor=actor,
        created_at=now(),
    )
    if kind != CSV:
        return _keep(statement, entries_of(kind, content, _defaults(statement)))
    text = decoded(content)
    found = table.table_of(text)
    remembered = StatementMapping.objects.filter(signature=found.signature).first()
    if remembered is not None:
        statement.account = statement.account or remembered.account
        statement.currency = statement.currency or remembered.currency
    columns = remembered.columns if remembered else table.guessed(found)
    if ask or not table.is_enough(columns):
        statement.state = StatementState.COLUMNS
        statement.text = text
        statement.save()
        return statement
    return _keep(statement, table.read(found, columns, _defaults(statement)))


@transaction.atomic
def choose_columns(
    *, statement_id: int, columns: Mapping[str, Sequence[str]], account: str, currency: str, actor: str
) -> Statement:
    """Say what the columns of a table mean, and read it; the next table with these headings is read so by itself.

    `columns` maps date, amount, credit, debit, currency, payer, payer_account, text, reference and account to headings.
    InvalidInput without a day and an amount, Conflict if it was read meanwhile, UnreadableStatement, NotFound.
    """
    statement = locks.lock_statement(statement_id)
    if statement.state != StatementState.COLUMNS:
        raise Conflict()
    found = table.table_of(statement.text)
    chosen = {
        field: [heading for heading in columns.get(field, ()) if heading in found.headings] for field in table.FIELDS
    }
    chosen = {field: headings for field, headings in chosen.items() if headings}
    for needed in ("date",) if table.is_enough({**chosen, "date": ["-"]}) else ("amount",):
        if not table.is_enough(chosen):
            raise InvalidInput(field=needed)
    statement.account = one_line(account, 60)
    statement.currency = currency.strip().upper()[:3]
    entries = table.read(found, chosen, _defaults(statement))
    StatementMapping.objects.update_or_create(
        signature=found.signature,
        defaults={"columns": chosen, "account": statement.account, "currency": statement.currency},
    )
    statement.text = ""
    statement.state = StatementState.READ
    statement.actor = actor
    return _keep(statement, entries)


def _defaults(statement: Statement) -> Defaults:
    return Defaults(statement.account, statement.currency)


def _keep(statement: Statement, entries: Sequence[Entry]) -> Statement:
    if len(entries) > MOST_ENTRIES:
        raise UnreadableStatement(f"> {MOST_ENTRIES}")
    incoming = [(_, entry) for _, entry in fingerprints(entries) if entry.minor > 0]
    known = set(_known([fingerprint for fingerprint, _ in incoming]))
    fresh = [(fingerprint, entry) for fingerprint, entry in incoming if fingerprint not in known]
    statement.added = len(fresh)
    statement.known = len(incoming) - len(fresh)
    statement.outgoing = sum(entry.minor < 0 for entry in entries)
    statement.save()
    StatementLine.objects.bulk_create(
        [
            StatementLine(
                statement=statement,
                fingerprint=fingerprint,
                account=entry.account,
                booked_on=entry.booked_on,
                amount_minor=entry.minor,
                currency=entry.currency,
                payer=entry.payer,
                payer_account=entry.payer_account,
                text=entry.text,
                reference=entry.reference,
            )
            for fingerprint, entry in fresh
        ],
        batch_size=_CHUNK,
        # Two people bring the same file at once: the lines of one of them are kept.
        ignore_conflicts=True,
    )
    return statement


def _known(fingerprints: Sequence[str]) -> Iterable[str]:
    for start in range(0, len(fingerprints), _CHUNK):
        part = fingerprints[start : start + _CHUNK]
        yield from StatementLine.objects.filter(fingerprint__in=part).values_list("fingerprint", flat=True)


def fingerprints(entries: Sequence[Entry]) -> list[tuple[str, Entry]]:
    """Give each entry a name that the same entry has in any other file of that account.

    The bank's own reference names it, with day and amount, for some banks repeat it; else the text does. Of entries
    that are alike in all of it, which happens within a day, the second is the second in every file.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    found = []
    for entry in entries:
        said = (entry.reference,) if entry.reference else ("", entry.payer, entry.payer_account, entry.text)
        key = (entry.account.replace(" ", ""), entry.booked_on, entry.minor, entry.currency, *said)
        seen[key] += 1
        text = "\x1f".join(map(str, (*key, seen[key])))
        found.append((hashlib.sha256(text.encode()).hexdigest(), entry))
    return found
