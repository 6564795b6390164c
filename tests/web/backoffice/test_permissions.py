"""Who sees what, and who may do what: every address, for everybody."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from duli.commerce.catalogue.models import Product
from duli.commerce.inventory.models import StockLevel, StockMovement
from duli.commerce.orders.models import Order
from duli.platform.accounts.permissions import GRANTS, PERMISSIONS, ROLES
from duli.platform.events.models import Event
from duli.platform.store.models import Market, Store
from duli.web.backoffice.urls import urlpatterns
from tests.web.backoffice.conftest import SignIn
from tests.web.backoffice.pages import ADDRESSES, DOORS, OPEN, OWN, data_of, things, url_of

# Pages are drawn for those who may do most and least; whether a door opens to somebody is asked without drawing it.
DRAWN_FOR = {"owner", "viewer"}


def _granted(role: str, permission: str) -> bool:
    return permission == OPEN or permission in GRANTS[role]


def _state() -> list[object]:
    """Everything that a verb of the back office could have changed."""
    return [
        list(Order.objects.order_by("pk").values()),
        list(Product.objects.order_by("pk").values()),
        list(StockLevel.objects.order_by("pk").values()),
        StockMovement.objects.count(),
        Event.objects.count(),
        list(Store.objects.values()),
        list(Market.objects.order_by("pk").values()),
    ]


def test_every_address_is_in_the_matrix() -> None:
    named = {str(pattern.name) for pattern in urlpatterns}
    assert named == {address.name for address in ADDRESSES} | DOORS | OWN


@pytest.mark.django_db
def test_strangers_are_sent_to_the_login_and_back(shop: None) -> None:
    keys = things()
    client = Client()
    for address in ADDRESSES:
        url = url_of(address, keys)
        answer = client.get(url, data_of(address, keys))
        assert answer.status_code == 302, address.name
        assert answer["Location"].startswith(reverse("backoffice:login")), address.name
        assert client.post(url).status_code == 302, address.name


@pytest.mark.django_db
def test_shoppers_stay_outside(sign_in: SignIn) -> None:
    keys = things()
    client = sign_in("")
    for address in ADDRESSES:
        for answer in (client.get(url_of(address, keys)), client.post(url_of(address, keys))):
            assert answer.status_code == 403, address.name
            assert b"side-link" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_and_does_what_it_may(sign_in: SignIn, role: str) -> None:
    keys = things()
    client = sign_in(role)
    before = _state()
    for address in ADDRESSES:
        url = url_of(address, keys)
        if address.see is None:
            assert client.get(url, data_of(address, keys)).status_code in {403, 405}, address.name
        elif not _granted(role, address.see):
            assert client.get(url, data_of(address, keys)).status_code == 403, address.name
        elif role in DRAWN_FOR:
            assert client.get(url, data_of(address, keys)).status_code == address.status, address.name
        else:
            assert client.options(url).status_code == 405, address.name
        if address.act is None or not _granted(role, address.act):
            # Nothing behind this door answers, whatever is sent.
            assert client.post(url, {"reason": "customer"}).status_code in {403, 405}, address.name
    assert _state() == before, "looking around changed something"


@pytest.mark.django_db
def test_a_viewer_finds_no_button_that_would_be_refused(viewer: Client) -> None:
    keys = things()
    for name in ("order", "product", "products", "stock", "orders"):
        address = next(entry for entry in ADDRESSES if entry.name == name)
        page = viewer.get(url_of(address, keys)).content.decode()
        assert "/cancel/" not in page
        assert "/fulfil/" not in page
        assert "/adjust/" not in page
        assert "/products/new/" not in page
        assert "save-bar" not in page


@pytest.mark.django_db
def test_a_parcel_is_only_reached_through_its_own_order(owner: Client) -> None:
    keys = things()
    for name in ("order_tracking", "order_delivered"):
        url = reverse(f"backoffice:{name}", args=[keys["order"], keys["parcel"]])
        assert owner.get(url).status_code == 404
        assert owner.post(url, {"carrier": "sf", "tracking_number": "X"}).status_code == 404


@pytest.mark.django_db
def test_a_shopper_is_not_reached_through_the_staff_page(owner: Client, sign_in: SignIn) -> None:
    shopper = int(sign_in("").session["_auth_user_id"])
    for name in ("settings_staff_role", "settings_staff_access"):
        url = reverse(f"backoffice:{name}", args=[shopper])
        assert owner.post(url, {"role": "owner", "active": "0"}).status_code == 404


@pytest.mark.django_db
def test_somebody_who_lost_access_is_out_at_once(sign_in: SignIn) -> None:
    client = sign_in("manager")
    assert client.get(reverse("backoffice:home")).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET is_active = false WHERE role = 'manager'")
    assert client.get(reverse("backoffice:home")).status_code == 302


@pytest.mark.django_db
def test_nothing_of_the_back_office_is_cached_or_indexed(owner: Client) -> None:
    answer = owner.get(reverse("backoffice:home"))
    assert "no-store" in answer["Cache-Control"]
    assert 'content="noindex"' in answer.content.decode()


def test_every_view_that_is_no_door_stands_behind_the_guard() -> None:
    """A new address without `@screen` fails here, whether or not somebody put it into the matrix."""
    bare = [str(entry.name) for entry in urlpatterns if not hasattr(entry.callback, "permission")]
    assert set(bare) == DOORS
    unknown = {
        permission
        for entry in urlpatterns
        for permission in (getattr(entry.callback, "permission", ""), getattr(entry.callback, "write", ""))
        if permission and permission not in PERMISSIONS
    }
    assert unknown == set()
