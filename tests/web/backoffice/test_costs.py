"""What goods cost is shown to those who may see it, and neither told to nor taken from anybody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from duli.base.money import Money
from duli.commerce.assortment.services import edit_cells
from duli.commerce.assortment.types import CellEdit
from duli.commerce.catalogue.models import Product
from duli.commerce.pricing.models import Cost
from duli.commerce.pricing.services import set_costs
from duli.commerce.revisions.models import ChangeSet
from duli.platform.accounts.models import User
from duli.platform.accounts.permissions import PERMISSIONS
from duli.platform.accounts.roles import RoleDraft
from duli.platform.accounts.services import save_role
from duli.platform.store.changes import reset_caches
from duli.platform.tokens.services import create_token
from tests import factories
from tests.web.backoffice.test_product_editor import same

pytestmark = pytest.mark.django_db
SECRET = "43.21"


@pytest.fixture
def item(shop: None) -> Product:
    """A product whose cost was changed once, so that its history tells of it."""
    product = factories.product("Teapot", price=12800)
    variant = factories.variant_of(product).pk
    set_costs(costs={variant: Money(100, "CNY")})
    path = ("variant", str(variant), "cost")
    edit_cells(edits=[CellEdit(product.pk, path, [4321, "CNY"], [100, "CNY"])], actor="system", note="Sheet")
    product.refresh_from_db()
    return product


@pytest.fixture
def clerk(shop: None) -> User:
    """Somebody who may do everything, but see no cost."""
    role = save_role(
        draft=RoleDraft(name="Clerk", permissions=frozenset(PERMISSIONS), sees_personal=True), actor="system"
    )
    reset_caches()
    return User.objects.create_user(email="clerk@staff.example", is_staff=True, role=role.code, language="en")


@pytest.fixture
def desk(clerk: User) -> Client:
    client = Client()
    client.force_login(clerk, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def pages(product: Product) -> dict[str, str]:
    change = ChangeSet.objects.order_by("-pk")[0].pk
    edit = reverse("backoffice:product", args=[product.pk])
    return {
        "editor": edit,
        "plain editor": f"{edit}?plain=1",
        "sheet": f"{reverse('backoffice:products_sheet')}?id={product.pk}&field=cost&field=sku",
        "revision": reverse("backoffice:product_revision", args=[product.pk, 2]),
        "compared with now": f"{reverse('backoffice:product_revision', args=[product.pk, 1])}?with=now",
        "change": reverse("backoffice:change", args=[change]),
        "list": reverse("backoffice:products"),
        "file": reverse("backoffice:list_export", args=["products", "csv"]),
        "audit": reverse("backoffice:audit"),
    }


def content(answer: Any) -> str:
    raw = answer.getvalue() if isinstance(answer, StreamingHttpResponse) else answer.content
    return str(raw.decode())


def test_nothing_tells_the_cost_to_who_may_not_see_it(item: Product, desk: Client, owner: Client) -> None:
    seen = set()
    for name, url in pages(item).items():
        answer = desk.get(url)
        assert answer.status_code == 200, name
        assert SECRET not in content(answer), name
        if SECRET in content(owner.get(url)):
            seen.add(name)
    # Whoever may see it does, so that the walk above walks past real doors.
    assert {"editor", "plain editor", "sheet", "revision", "compared with now"} <= seen


def test_a_program_is_told_nothing_either(item: Product, clerk: User) -> None:
    _token, text = create_token(by=clerk, name="ERP", scopes=["catalogue.view"])
    answer = Client().get("/api/v1/admin/products", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200
    assert "Teapot" in content(answer)
    assert "4321" not in content(answer)
    assert SECRET not in content(answer)


def test_a_cost_sent_by_who_may_not_see_it_is_not_taken(item: Product, desk: Client) -> None:
    variant = factories.variant_of(item).pk
    sheet = json.dumps({"cells": {f"{item.pk}:{variant}": {"cost": ["1", SECRET]}}})
    data = {"id": [item.pk], "field": ["cost"], "sheet": sheet}
    assert desk.post(reverse("backoffice:products_sheet"), data).status_code == 422
    page = same(item, **{"v0-cost": "1", "title": "Pot"})
    assert desk.post(reverse("backoffice:product", args=[item.pk]), page).status_code == 302
    item.refresh_from_db()
    assert item.title == "Pot"
    assert Cost.objects.get().minor == 4321
