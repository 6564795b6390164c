"""Sessions, refunds and outgoing messages in one SQLite database. Card numbers are never written down."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sandbox.kit.book import Book

SESSION_SECONDS = 1800
OPEN = ("open", "challenged")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, merchant TEXT NOT NULL, reference TEXT NOT NULL, request TEXT NOT NULL,
    idempotency_key TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL, label TEXT NOT NULL,
    language TEXT NOT NULL, return_url TEXT NOT NULL, webhook_url TEXT NOT NULL, capture TEXT NOT NULL,
    status TEXT NOT NULL, error_code TEXT NOT NULL DEFAULT '', error_message TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0, card TEXT NOT NULL DEFAULT '', last4 TEXT NOT NULL DEFAULT '',
    charge_id TEXT NOT NULL DEFAULT '', settles_at REAL, expires_at REAL NOT NULL,
    UNIQUE (merchant, idempotency_key)
);
CREATE INDEX IF NOT EXISTS session_reference ON session (merchant, reference);
CREATE TABLE IF NOT EXISTS refund (
    id TEXT PRIMARY KEY, session TEXT NOT NULL REFERENCES session (id), idempotency_key TEXT NOT NULL,
    amount INTEGER NOT NULL, status TEXT NOT NULL, UNIQUE (session, idempotency_key)
);
CREATE TABLE IF NOT EXISTS movement (
    number INTEGER PRIMARY KEY AUTOINCREMENT, merchant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    reference TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS movement_day ON movement (merchant, at);
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, merchant TEXT NOT NULL, url TEXT NOT NULL,
    body TEXT NOT NULL, due_at REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS message_due ON message (done, due_at);
"""


class Refused(Exception):
    """A request that makes no sense; becomes an HTTP answer with this status and code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Store(Book):
    """`clock` returns Unix seconds; `path` may be ":memory:"."""

    def __init__(self, path: str, clock: Callable[[], float] = time.time) -> None:
        super().__init__(_SCHEMA, path, clock)

    def open_session(self, merchant: str, key: str, request: dict[str, Any]) -> dict[str, Any]:
        """Create a session, or return the one that `key` created; another request under the key is refused."""
        frozen = json.dumps(request, sort_keys=True)
        with self.writing() as connection:
            row = connection.execute(
                "SELECT * FROM session WHERE merchant = ? AND idempotency_key = ?", (merchant, key)
            ).fetchone()
            if row is not None:
                if row["request"] != frozen:
                    raise Refused(400, "idempotency_error", "This key was used for another request.")
                return self._session(connection, row["id"])
            session_id = f"cs_{secrets.token_urlsafe(18)}"
            connection.execute(
                "INSERT INTO session (id, merchant, reference, request, idempotency_key, amount, currency, label,"
                " language, return_url, webhook_url, capture, status, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)",
                (
                    session_id, merchant, request["reference"], frozen, key, request["amount"],
                    request["currency"], request["label"], request["language"], request["return_url"],
                    request["webhook_url"], request["capture"], self.clock() + SESSION_SECONDS,
                ),
            )  # fmt: skip
            return self._session(connection, session_id)

    def session(self, name: str, merchant: str | None = None) -> dict[str, Any]:
        """Return a session by its id, or a merchant's by ``ref_<reference>``, brought up to date."""
        with self.writing() as connection:
            return self._session(connection, name, merchant)

    def _session(self, connection: sqlite3.Connection, name: str, merchant: str | None = None) -> dict[str, Any]:
        row = self._row(connection, name, merchant)
        if row["status"] == "processing" and row["settles_at"] <= self.clock():
            self._take(connection, row, row["card"])
            row = self._row(connection, row["id"])
        if row["status"] in OPEN and row["expires_at"] <= self.clock():
            self._move(connection, row, "expired", "session.expired")
            row = self._row(connection, row["id"])
        refunds = connection.execute("SELECT * FROM refund WHERE session = ? ORDER BY rowid", (row["id"],)).fetchall()
        return {**dict(row), "refunds": [_refund(refund, row) for refund in refunds]}

    def _row(self, connection: sqlite3.Connection, name: str, merchant: str | None = None) -> sqlite3.Row:
        column, value = ("reference", name[4:]) if name.startswith("ref_") and merchant else ("id", name)
        query = f"SELECT * FROM session WHERE {column} = ?"
        row: sqlite3.Row | None
        if merchant is None:
            row = connection.execute(query, (value,)).fetchone()
        else:
            row = connection.execute(f"{query} AND merchant = ?", (value, merchant)).fetchone()
        if row is None:
            raise Refused(404, "session_not_found", "There is no such session.")
        return row

    def decline(self, session_id: str, *, last4: str, code: str, message: str, final: bool) -> dict[str, Any]:
        """The bank said no. The session stays open for another card unless `final`."""
        with self.writing() as connection:
            row = self._open_row(connection, session_id)
            connection.execute(
                "UPDATE session SET status = 'open', error_code = ?, error_message = ?, last4 = ?, tries = tries + 1"
                " WHERE id = ?",
                (code, message, last4, session_id),
            )
            if final:
                self._move(connection, self._row(connection, row["id"]), "failed", "session.failed")
            return self._session(connection, session_id)

    def challenge(self, session_id: str, *, last4: str) -> dict[str, Any]:
        """The bank wants to see its customer first (3-D Secure)."""
        with self.writing() as connection:
            self._open_row(connection, session_id)
            connection.execute("UPDATE session SET status = 'challenged', last4 = ? WHERE id = ?", (last4, session_id))
            return self._session(connection, session_id)

    def approve(self, session_id: str, *, last4: str, behaviour: str = "", settles_in: float = 0.0) -> dict[str, Any]:
        """The bank said yes: the money is taken now, or only after `settles_in` seconds of processing."""
        with self.writing() as connection:
            row = self._open_row(connection, session_id)
            connection.execute("UPDATE session SET last4 = ?, card = ? WHERE id = ?", (last4, behaviour, session_id))
            if settles_in:
                settles_at = self.clock() + settles_in
                connection.execute(
                    "UPDATE session SET status = 'processing', settles_at = ? WHERE id = ?", (settles_at, session_id)
                )
            else:
                self._take(connection, row, behaviour)
            return self._session(connection, session_id)

    def _open_row(self, connection: sqlite3.Connection, session_id: str) -> sqlite3.Row:
        self._session(connection, session_id)
        row = self._row(connection, session_id)
        if row["status"] not in OPEN:
            raise Refused(409, "session_finished", "This payment is already finished.")
        return row

    def _take(self, connection: sqlite3.Connection, row: sqlite3.Row, behaviour: str) -> None:
        charge = f"ch_{secrets.token_urlsafe(12)}"
        connection.execute(
            "UPDATE session SET charge_id = ?, error_code = '', error_message = '' WHERE id = ?", (charge, row["id"])
        )
        fresh = self._row(connection, row["id"])
        if row["capture"] == "manual":
            self._move(connection, fresh, "authorised", "session.authorised")
        else:
            self._move(connection, fresh, "paid", "session.paid", copies=2 if behaviour == "double_webhook" else 1)

    def capture(self, name: str, merchant: str, amount: int | None = None) -> dict[str, Any]:
        """Take what was authorised, or `amount` of it and release the rest; again changes nothing."""
        with self.writing() as connection:
            session = self._session(connection, name, merchant)
            if session["status"] == "authorised":
                if amount is not None:
                    if not 0 < amount <= session["amount"]:
                        raise Refused(400, "capture_too_large", "More than was authorised.")
                    connection.execute("UPDATE session SET amount = ? WHERE id = ?", (amount, session["id"]))
                self._move(connection, self._row(connection, session["id"]), "paid", "session.paid")
            elif session["status"] != "paid":
                raise Refused(400, "not_authorised", "Nothing is authorised.")
            return self._session(connection, session["id"])

    def cancel(self, name: str, merchant: str | None = None) -> dict[str, Any]:
        """Make sure that nothing more can be paid; a payment that is decided or under way stays as it is."""
        with self.writing() as connection:
            session = self._session(connection, name, merchant)
            row = self._row(connection, session["id"])
            if row["status"] in OPEN and row["error_code"] and merchant is None:
                self._move(connection, row, "failed", "session.failed")
            elif row["status"] in OPEN or (row["status"] == "authorised" and merchant is not None):
                self._move(connection, row, "cancelled", "session.cancelled")
            return self._session(connection, row["id"])

    def refund(self, name: str, merchant: str, key: str, amount: int, currency: str) -> dict[str, Any]:
        """Give back `amount` of a paid session, or return the refund that `key` made."""
        with self.writing() as connection:
            session = self._session(connection, name, merchant)
            made_before = self._refunds(connection, session["id"])
            known = next((entry for entry in made_before if entry["idempotency_key"] == key), None)
            if known is not None:
                if known["amount"] != amount:
                    raise Refused(400, "idempotency_error", "This key was used for another amount.")
                return _refund(known, session)
            if session["status"] != "paid":
                raise Refused(400, "not_paid", "Nothing was paid.")
            if currency != session["currency"]:
                raise Refused(400, "currency_mismatch", "The payment was made in another currency.")
            back = sum(entry["amount"] for entry in session["refunds"] if entry["status"] != "failed")
            if not 0 < amount <= session["amount"] - back:
                raise Refused(400, "refund_too_large", "More than what is left of the payment.")
            refund_id = f"re_{secrets.token_urlsafe(12)}"
            connection.execute(
                "INSERT INTO refund (id, session, idempotency_key, amount, status) VALUES (?, ?, ?, ?, 'succeeded')",
                (refund_id, session["id"], key, amount),
            )
            self._book(connection, session, "refunded", refund_id, key, amount)
            made = _refund(next(e for e in self._refunds(connection, session["id"]) if e["id"] == refund_id), session)
            self._tell(connection, session, "refund.succeeded", {**made, **_parties(session)})
            return made

    def _refunds(self, connection: sqlite3.Connection, session_id: str) -> list[sqlite3.Row]:
        return connection.execute("SELECT * FROM refund WHERE session = ?", (session_id,)).fetchall()

    def _move(self, connection: sqlite3.Connection, row: sqlite3.Row, status: str, event: str, copies: int = 1) -> None:
        connection.execute("UPDATE session SET status = ? WHERE id = ?", (status, row["id"]))
        fresh = dict(self._row(connection, row["id"]))
        if status == "paid":
            self._book(connection, fresh, "captured", fresh["charge_id"], fresh["reference"], fresh["amount"])
        self._tell(connection, fresh, event, public(fresh), copies=copies)

    def _book(
        self, connection: sqlite3.Connection, session: Any, kind: str, name: str, reference: str, amount: int
    ) -> None:
        connection.execute(
            "INSERT INTO movement (merchant, kind, id, reference, amount, currency, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (session["merchant"], kind, name, reference, amount, session["currency"], self.clock()),
        )

    def bill(self, merchant: str, begin: float, end: float) -> list[dict[str, Any]]:
        """Return what was moved for a merchant from `begin` up to `end` (Unix seconds), in order."""
        with self.writing() as connection:
            rows = connection.execute(
                "SELECT kind, id, reference, amount, currency FROM movement"
                " WHERE merchant = ? AND at >= ? AND at < ? ORDER BY number",
                (merchant, begin, end),
            ).fetchall()
        # Two per cent and thirty cents, as such pages take.
        return [{**dict(row), "fee": row["amount"] * 2 // 100 + 30 if row["kind"] == "captured" else 0} for row in rows]

    def _tell(
        self, connection: sqlite3.Connection, session: Any, event: str, data: dict[str, Any], copies: int = 1
    ) -> None:
        if not session["webhook_url"]:
            return
        event_id = f"evt_{secrets.token_urlsafe(12)}"
        body = json.dumps(
            {"id": event_id, "type": event, "created": int(self.clock()), "data": data}, ensure_ascii=False
        )
        for _ in range(copies):
            connection.execute(
                "INSERT INTO message (id, merchant, url, body, due_at) VALUES (?, ?, ?, ?, ?)",
                (event_id, session["merchant"], session["webhook_url"], body, self.clock()),
            )

    def due_messages(self, limit: int = 20) -> list[sqlite3.Row]:
        """Return what has to be sent now, oldest first; sessions whose bank has decided by now are settled first."""
        with self.writing() as connection:
            for row in connection.execute(
                "SELECT id FROM session WHERE status = 'processing' AND settles_at <= ?", (self.clock(),)
            ).fetchall():
                self._session(connection, row["id"])
        return super().due_messages(limit)

    def next_due(self) -> float | None:
        """Return when there will be something to send (Unix seconds), or None."""
        with self.writing() as connection:
            settles = connection.execute("SELECT MIN(settles_at) FROM session WHERE status = 'processing'").fetchone()
        moments = [moment for moment in (super().next_due(), settles[0]) if moment is not None]
        return min(moments, default=None)


def _parties(session: Any) -> dict[str, Any]:
    return {"reference": session["reference"], "merchant": session["merchant"], "session": session["id"]}


def _refund(refund: Any, session: Any) -> dict[str, Any]:
    return {
        "id": refund["id"],
        "amount": refund["amount"],
        "currency": session["currency"],
        "status": refund["status"],
    }


def public(session: dict[str, Any]) -> dict[str, Any]:
    """Return what the merchant may know of a session."""
    names = ("id", "merchant", "reference", "amount", "currency", "status", "charge_id", "last4")
    told = {name: session[name] for name in names}
    told["expires_at"] = int(session["expires_at"])
    told["error"] = (
        {"code": session["error_code"], "message": session["error_message"]} if session["error_code"] else None
    )
    told["refunds"] = session.get("refunds", [])
    return told
