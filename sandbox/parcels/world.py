"""Parcels and outgoing messages in one SQLite database. Time passes when somebody moves a parcel on."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.kit.book import Book
from sandbox.parcels.journeys import JOURNEYS, Step, journey_of

_SCHEMA = """
CREATE TABLE IF NOT EXISTS parcel (
    id TEXT PRIMARY KEY, provider TEXT NOT NULL, number TEXT NOT NULL, carrier TEXT NOT NULL, journey TEXT NOT NULL,
    moments TEXT NOT NULL DEFAULT '[]', announced_at REAL NOT NULL, request TEXT NOT NULL,
    stopped INTEGER NOT NULL DEFAULT 0,
    UNIQUE (provider, number)
);
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL,
    headers TEXT NOT NULL, due_at REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS shipment (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS message_due ON message (done, due_at);
"""


@dataclass(frozen=True)
class Seen:
    """One step of a journey that has happened."""

    step: Step
    at: datetime


@dataclass(frozen=True)
class Parcel:
    """`request` is what the shop asked when it registered the parcel."""

    id: str
    provider: str
    number: str
    carrier: str
    journey: str
    seen: tuple[Seen, ...]
    is_over: bool
    announced_at: float
    request: dict[str, Any]
    stopped: bool

    @property
    def state(self) -> str:
        return self.seen[-1].step.state if self.seen else "pending"


class World(Book):
    """`clock` returns Unix seconds; `path` may be ":memory:". `fault` is what the next calls answer ("429", "500"),
    `credit` how many cents of postage the account can still pay for (None: any).

    `lose_answer`: the next call does what it is asked for, and answers nothing that says so.
    """

    def __init__(self, path: str = ":memory:", clock: Callable[[], float] = time.time) -> None:
        super().__init__(_SCHEMA, path, clock)
        self.fault = ""
        self.credit: int | None = None
        self.lose_answer = False

    def announce(self, provider: str, number: str, carrier: str, request: dict[str, Any]) -> tuple[Parcel, bool]:
        """Return the parcel of a number, and whether it is a new one; one that was given up begins anew."""
        key = f"{provider}-{number}"
        with self.writing() as connection:
            known = connection.execute("SELECT stopped FROM parcel WHERE id = ?", (key,)).fetchone()
            if known is None or known["stopped"]:
                connection.execute(
                    "INSERT OR REPLACE INTO parcel (id, provider, number, carrier, journey, announced_at, request)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (key, provider, number, carrier, journey_of(number), self.clock(), json.dumps(request)),
                )
            found = self._parcel(connection, key)
        assert found is not None
        return found, known is None or bool(known["stopped"])

    def find(self, provider: str, number: str) -> Parcel | None:
        with self._lock:
            return self._parcel(self._connection, f"{provider}-{number}")

    def all(self, limit: int = 60) -> list[Parcel]:
        """Return the parcels, newest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id FROM parcel ORDER BY announced_at DESC, id LIMIT ?", (limit,)
            ).fetchall()
            found = [self._parcel(self._connection, row["id"]) for row in rows]
        return [parcel for parcel in found if parcel is not None]

    def advance(self, key: str, steps: int) -> Parcel | None:
        """Let a parcel travel some steps further; None if there is no such parcel or it is followed no more."""
        with self.writing() as connection:
            parcel = self._parcel(connection, key)
            if parcel is None or parcel.stopped:
                return None
            moments = [seen.at.timestamp() for seen in parcel.seen]
            count = min(steps, len(JOURNEYS[parcel.journey]) - len(moments))
            last = moments[-1] if moments else parcel.announced_at
            # Several steps at once happened evenly since the last one; the last of them just now.
            moments += [last + (self.clock() - last) * (place + 1) / count for place in range(count)]
            connection.execute("UPDATE parcel SET moments = ? WHERE id = ?", (json.dumps(moments), key))
            return self._parcel(connection, key)

    def correct(self, key: str, carrier: str) -> None:
        """Let a parcel turn out to be another carrier's."""
        with self.writing() as connection:
            connection.execute("UPDATE parcel SET carrier = ? WHERE id = ?", (carrier, key))

    def stop(self, key: str) -> None:
        """Follow a parcel no more, until it is announced again."""
        with self.writing() as connection:
            connection.execute("UPDATE parcel SET stopped = 1 WHERE id = ?", (key,))

    def count(self, provider: str) -> int:
        with self._lock:
            return int(
                self._connection.execute("SELECT COUNT(*) FROM parcel WHERE provider = ?", (provider,)).fetchone()[0]
            )

    def pay(self, cents: int) -> bool:
        """Take postage off the account's credit; False where it has too little."""
        if self.credit is None:
            return True
        if self.credit < cents:
            return False
        self.credit -= cents
        return True

    def open_shipment(self, key: str, body: dict[str, Any]) -> int:
        """Keep a shipment that was asked about; return the how manieth it is."""
        with self.writing() as connection:
            found = connection.execute("INSERT INTO shipment (id, body) VALUES (?, ?)", (key, json.dumps(body)))
            return int(found.lastrowid or 0)

    def shipment(self, key: str) -> dict[str, Any] | None:
        with self._lock:
            row = self._connection.execute("SELECT body FROM shipment WHERE id = ?", (key,)).fetchone()
        return json.loads(row["body"]) if row else None

    def shipments(self) -> list[dict[str, Any]]:
        """Return all shipments, newest first."""
        with self._lock:
            rows = self._connection.execute("SELECT body FROM shipment ORDER BY number DESC").fetchall()
        return [json.loads(row["body"]) for row in rows]

    def change_shipment(self, key: str, wanted: Callable[[dict[str, Any]], dict[str, Any] | None]) -> bool:
        """Let `wanted` say what a shipment becomes, one at a time; None: it stays as it is (False)."""
        with self.writing() as connection:
            row = connection.execute("SELECT body FROM shipment WHERE id = ?", (key,)).fetchone()
            changed = wanted(json.loads(row["body"])) if row else None
            if changed is None:
                return False
            connection.execute("UPDATE shipment SET body = ? WHERE id = ?", (json.dumps(changed), key))
        return True

    def _parcel(self, connection: sqlite3.Connection, key: str) -> Parcel | None:
        row = connection.execute("SELECT * FROM parcel WHERE id = ?", (key,)).fetchone()
        if row is None:
            return None
        journey = JOURNEYS[row["journey"]]
        moments = json.loads(row["moments"])
        seen = tuple(
            Seen(step, datetime.fromtimestamp(moment, UTC)) for step, moment in zip(journey, moments, strict=False)
        )
        return Parcel(
            id=row["id"],
            provider=row["provider"],
            number=row["number"],
            carrier=row["carrier"],
            journey=row["journey"],
            seen=seen,
            is_over=bool(journey) and len(seen) >= len(journey),
            announced_at=row["announced_at"],
            request=json.loads(row["request"]),
            stopped=bool(row["stopped"]),
        )

    def tell(self, provider: str, url: str, body: str, headers: dict[str, str]) -> None:
        """Write down a message that is to be sent."""
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO message (provider, url, body, headers, due_at) VALUES (?, ?, ?, ?, ?)",
                (provider, url, body, json.dumps(headers), self.clock()),
            )
