"""`--only-with-database`: leave out the tests that may ask no database, for a second run on another one.

What pytest-django lets into no database cannot tell one from the other. What is marked `one_database` asks nothing of
it that others do not ask on both: gateways and carriers write through the same verbs, whoever the provider is, so one
of each goes through its whole conformance on the second database.

A page or a call reads its input, asks one verb and shows the answer; verbs are tried on both databases. On the second
one every page of the back office is opened and every form sent once, as the owner, every call of the API is made, and
the pages that ask in words of their own are tried as on the first.
"""

from __future__ import annotations

import pytest

WEB = "tests/web/"
WEB_ON_BOTH = {
    "api/test_admin_api.py",
    "api/test_api.py",
    "backoffice/test_lists.py",
    "backoffice/test_orders.py",
    "backoffice/test_permissions.py",
    "backoffice/test_screens.py",
    "backoffice/test_seen.py",
    "storefront/test_browse.py",
    "storefront/test_buying.py",
    "storefront/test_sale_statements.py",
}
ROLES_ON_ONE = {"catalogue", "manager", "order_desk", "viewer"}
# The fixtures that open the database, or hand out the key to it.
DOORS = {"db", "transactional_db", "live_server"}
KEY = "django_db_blocker"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-with-database", action="store_true", help="leave out tests that may ask no database")


def _may_ask(item: pytest.Item) -> bool:
    if item.get_closest_marker("one_database") or _is_asked_once(item):
        return False
    if item.get_closest_marker("django_db"):
        return True
    wanted = getattr(item, "fixturenames", ())
    # Every test has the key among its fixtures, because pytest-django itself holds it; who uses it asks for it by name.
    asked = getattr(item, "_fixtureinfo", None)
    return not DOORS.isdisjoint(wanted) or (asked is not None and KEY in asked.argnames)


def _is_asked_once(item: pytest.Item) -> bool:
    if not item.nodeid.startswith(WEB):
        return False
    if item.path.name == "test_permissions.py":
        call = getattr(item, "callspec", None)
        return call is not None and call.params.get("role") in ROLES_ON_ONE
    return item.nodeid.partition("::")[0].removeprefix(WEB) not in WEB_ON_BOTH


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("only_with_database"):
        left_out = [item for item in items if not _may_ask(item)]
        items[:] = [item for item in items if _may_ask(item)]
        config.hook.pytest_deselected(items=left_out)
