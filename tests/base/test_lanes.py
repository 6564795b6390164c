"""Pages go first, then a crowd one by one as it came; nobody is refused. Nothing here waits by the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import StreamingHttpResponse

from config.lanes import Connections, by_lane
from duli.base import lanes as module
from duli.base.lanes import Lanes, aside

SECONDS = 20


@pytest.fixture
def lanes() -> Lanes:
    return Lanes(width=2)


@pytest.fixture
def shared() -> Iterator[Connections]:
    found = Connections()
    yield found
    found.close()


def started(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def waiting(lanes: Lanes, count: int) -> None:
    """Come back once so many of the crowd wait. Who comes tells nobody, so it is looked at again and again."""
    end = time.monotonic() + SECONDS
    with lanes._turn:
        while len(lanes._waiting) != count:
            assert time.monotonic() < end
            lanes._turn.wait(0.01)


def test_a_crowd_is_answered_one_by_one_in_its_order(lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 10 * SECONDS)
    answered: list[int] = []
    at_once: list[int] = []

    def work(number: int) -> None:
        at_once.append(number)
        assert len(at_once) == 1
        answered.append(number)
        at_once.remove(number)

    threads = []
    with lanes.page():
        for number in range(8):
            threads.append(started(lambda number=number: lanes.crowd(lambda: work(number))))
            waiting(lanes, number + 1)
        # A page is being answered: nobody of them has begun.
        assert answered == []
    for thread in threads:
        thread.join(SECONDS)
    assert answered == list(range(8))
    waiting(lanes, 0)


def test_those_who_come_later_never_hold_all_threads(lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first has its number and is slow to hand its work over; more than there are threads come meanwhile."""
    hand_over, come = lanes._crowd.submit, threading.Event()
    began: list[int] = []

    def slow_for_the_first(*work: object) -> object:
        began.append(1)
        if len(began) == 1:
            come.wait(0.3)
        return hand_over(*work)  # type: ignore[arg-type]

    monkeypatch.setattr(lanes._crowd, "submit", slow_for_the_first)
    threads = [started(lambda: lanes.crowd(lambda: None)) for _ in range(module.CROWD_THREADS + 4)]
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads)


def test_pages_do_not_wait_for_a_crowd(lanes: Lanes) -> None:
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        inside.set()
        assert leave.wait(SECONDS)

    thread = started(lambda: lanes.crowd(work))
    assert inside.wait(SECONDS)
    with lanes.page(), lanes.page():
        leave.set()
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_pages_beyond_the_width_wait_for_one_another(lanes: Lanes) -> None:
    third = threading.Event()

    def page() -> None:
        with lanes.page():
            third.set()

    with lanes.page():
        with lanes.page():
            thread = started(page)
            assert not third.is_set()
        assert third.wait(SECONDS)
    thread.join(SECONDS)


def test_pages_without_end_do_not_keep_a_crowd_out_for_ever(lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0)
    with lanes.page():
        assert lanes.crowd(lambda: "answered") == "answered"


def test_it_is_known_when_a_crowd_waits(lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEHIND_SECONDS", -1)
    monkeypatch.setattr(module, "LONGEST_SECONDS", 10 * SECONDS)
    assert not lanes.is_behind()
    with lanes.page():
        thread = started(lambda: lanes.crowd(lambda: None))
        waiting(lanes, 1)
        assert lanes.is_behind()
        # Jobs wait as well, but no longer than they are told.
        lanes.let_crowd_pass(0)
    lanes.let_crowd_pass(SECONDS)
    assert not lanes.is_behind()
    thread.join(SECONDS)


def test_who_waits_for_another_server_stands_aside(lanes: Lanes) -> None:
    asked, answered, second = threading.Event(), threading.Event(), threading.Event()

    def paying() -> str:
        with aside():
            asked.set()
            assert answered.wait(SECONDS)
        # Back inside: nobody else works now.
        assert lanes._works
        return "paid"

    outcomes: list[str] = []
    thread = started(lambda: outcomes.append(lanes.crowd(paying)))
    assert asked.wait(SECONDS)
    lanes.crowd(second.set)
    assert second.is_set()
    answered.set()
    thread.join(SECONDS)
    assert outcomes == ["paid"]


def test_a_page_that_asks_its_own_shop_leaves_room_for_the_answer(lanes: Lanes) -> None:
    narrow = Lanes(width=1)

    def asked() -> None:
        with narrow.page():
            answered.set()

    answered = threading.Event()
    with narrow.page(), aside():
        thread = started(asked)
        assert answered.wait(SECONDS)
        thread.join(SECONDS)
    assert narrow._pages == 0


def test_what_goes_wrong_is_told_to_who_asked(lanes: Lanes) -> None:
    def work() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        lanes.crowd(work)
    assert lanes.crowd(lambda: 1) == 1


@pytest.mark.parametrize(
    ("path", "cookie", "is_crowd"),
    [
        ("/products/tea", "", False),
        ("/products/tea", "cart=x; line_3=abc", True),
        ("/en/checkout", "line_3=abc", True),
        ("/flash-sales/3/line/turn", "line_3=abc", False),
        ("/en/flash-sales/3/line", "line_3=abc", False),
        ("/flash-sales", "line_3=abc", True),
    ],
)
def test_whoever_has_a_place_in_a_line_is_of_the_crowd(
    lanes: Lanes, shared: Connections, path: str, cookie: str, is_crowd: bool
) -> None:
    seen: list[str] = []

    def application(environ: dict[str, object], start_response: object) -> list[bytes]:
        seen.append(threading.current_thread().name)
        return [b"ok"]

    answer = by_lane(application, lanes, shared)
    found: list[bytes] = []
    # In a thread as the server's: what it is lent is not for the thread of the tests.
    started(lambda: found.extend(answer({"PATH_INFO": path, "HTTP_COOKIE": cookie}, lambda *_: None))).join(SECONDS)
    assert found == [b"ok"]
    assert seen[0].startswith("duli-crowd") == is_crowd


def test_there_are_as_many_connections_as_requests_are_answered_at_once(lanes: Lanes, shared: Connections) -> None:
    seen: set[int] = set()
    meet = threading.Barrier(2)

    def application(environ: dict[str, object], start_response: object) -> list[bytes]:
        # Two pages at once, as many as this process has room for: both are there before one is answered.
        seen.add(id(connections[DEFAULT_DB_ALIAS]))
        meet.wait(SECONDS)
        return [b"ok"]

    answer = by_lane(application, lanes, shared)
    threads = [started(lambda: answer({"PATH_INFO": "/products/tea"}, lambda *_: None)) for _ in range(12)]
    for thread in threads:
        thread.join(SECONDS)
    assert len(seen) == len(shared._free) == 2


def test_what_is_sent_while_it_is_read_keeps_its_connection_till_the_end(lanes: Lanes, shared: Connections) -> None:
    seen: list[int] = []

    def pieces() -> Iterator[bytes]:
        for _ in range(3):
            seen.append(id(connections[DEFAULT_DB_ALIAS]))
            yield b"row"

    def application(environ: dict[str, object], start_response: object) -> StreamingHttpResponse:
        seen.append(id(connections[DEFAULT_DB_ALIAS]))
        return StreamingHttpResponse(pieces())

    answer = by_lane(application, lanes, shared)
    free: list[int] = []

    def read() -> None:
        rows = iter(answer({"PATH_INFO": "/admin/orders/export"}, lambda *_: None))
        assert next(rows) == b"row"
        free.append(len(shared._free))
        free.append(len(list(rows)))

    started(read).join(SECONDS)
    assert free == [0, 2]
    assert len(set(seen)) == len(shared._free) == 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_serves_one_thread_after_the_other(lanes: Lanes, shared: Connections) -> None:
    answered: list[int] = []

    def application(environ: dict[str, object], start_response: object) -> list[bytes]:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT 7")
            answered.append(cursor.fetchone()[0])
        return [b"ok"]

    answer = by_lane(application, lanes, shared)
    for _ in range(3):
        started(lambda: answer({"PATH_INFO": "/"}, lambda *_: None)).join(SECONDS)
    assert answered == [7, 7, 7]
    assert len(shared._free) == 1


def test_who_waits_for_somebody_keeps_no_connection_unless_inside_a_transaction(shared: Connections) -> None:
    seen: list[object] = []

    def wait() -> None:
        with shared.lent():
            mine = connections[DEFAULT_DB_ALIAS]
            with aside():
                seen.append(len(shared._free))
            # Borrowed again: the same one, as nobody else came.
            seen.append(connections[DEFAULT_DB_ALIAS] is mine)
            mine.in_atomic_block = True
            with aside():
                seen.append(len(shared._free))
            mine.in_atomic_block = False

    started(wait).join(SECONDS)
    assert seen == [1, True, 0]
    assert len(shared._free) == 1


def test_who_asks_the_database_nothing_borrows_nothing(lanes: Lanes, shared: Connections) -> None:
    answer = by_lane(lambda environ, start_response: [b"kept"], lanes, shared)
    started(lambda: answer({"PATH_INFO": "/"}, lambda *_: None)).join(SECONDS)
    assert shared._free == []


def test_other_threads_keep_connections_of_their_own(shared: Connections) -> None:
    seen: list[int] = []

    def work() -> None:
        seen.append(id(connections[DEFAULT_DB_ALIAS]))

    started(work).join(SECONDS)
    assert len(seen) == 1
    assert shared._free == []


def test_a_few_are_answered_in_passing_and_who_waits_makes_room(lanes: Lanes) -> None:
    inside, most = [], []
    go_on, waits = threading.Event(), threading.Semaphore(0)

    def passing() -> None:
        with lanes.passing():
            inside.append(1)
            most.append(len(inside))
            waits.release()
            assert go_on.wait(SECONDS)
            inside.pop()

    threads = [started(passing) for _ in range(module.PASSING + 4)]
    for _ in range(module.PASSING):
        assert waits.acquire(timeout=SECONDS)
    # As many as there may be are at it. None of them waits for anybody, so there is no room.
    assert not waits.acquire(blocking=False)
    go_on.set()
    for thread in threads:
        thread.join(SECONDS)
    assert max(most) <= module.PASSING

    beside = threading.Event()
    for _ in range(module.PASSING - 1):
        lanes._passing.acquire()
    with lanes.passing(), aside():
        started(lambda: _pass(lanes, beside))
        assert beside.wait(SECONDS)


def _pass(lanes: Lanes, passed: threading.Event) -> None:
    with lanes.passing():
        passed.set()
