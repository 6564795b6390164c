"""What the page of an import says of a file of which nothing can be taken, or in which there is nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from duli.commerce.customers.services import customer_for_user, save_address
from duli.commerce.exchange.models import Upload
from duli.platform.accounts.models import User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


def checked(desk: Client, body: str) -> str:
    file = SimpleUploadedFile("file.csv", body.encode())
    assert desk.post(reverse("backoffice:imports"), {"file": file}).status_code == 302
    factories.drain()
    upload = Upload.objects.latest("pk")
    assert upload.state == Upload.State.CHECKED, upload.report
    return desk.get(reverse("backoffice:import", args=[upload.pk])).content.decode()


def test_a_file_of_which_nothing_can_be_taken_is_not_offered(owner: Client) -> None:
    shown = checked(
        owner,
        "Product handle,Title,Status,SKU,Price [CNY],Stock [moon],Image\n"
        "cup,Cup,active,C1,5,3,https://img.example/cup.jpg\n",
    )
    assert "There is no stock location “moon”: open one" in shown
    assert "Nothing of this file can be taken as it is" in shown
    assert "Import now" not in shown
    assert "already in the store" not in shown


def test_a_file_of_titles_alone_is_called_that(owner: Client) -> None:
    shown = checked(owner, "Redirect from,Redirect to\n")
    assert "nothing in this file but its titles" in shown
    assert "already in the store" not in shown


def test_a_file_that_is_in_the_store_already_says_so(owner: Client) -> None:
    factories.product("Cup", price=500)
    exported = b"".join(owner.get(reverse("backoffice:products_export", args=["csv"])))  # type: ignore[arg-type]
    assert "already in the store as it stands" in checked(owner, exported.decode("utf-8-sig"))


def test_an_account_is_told_of_only_where_the_file_says_something_else(owner: Client) -> None:
    user = User.objects.create_user(email="lin@example.com", name="林晓")
    someone = customer_for_user(user_id=user.pk, name="林晓", email="lin@example.com", phone="", language="zh-hans")
    save_address(customer_id=someone.pk, address=factories.ADDRESS, actor=factories.ACTOR)
    answer = owner.get(reverse("backoffice:customers_export", args=["csv"]))
    body = (b"".join(answer) if answer.streaming else answer.content).decode("utf-8-sig")
    assert "has an account" not in checked(owner, body)
    assert "has an account" in checked(owner, body.replace("林晓", "林小满"))
    assert "has an account" in checked(owner, body.replace(factories.ADDRESS.line1, "别处 1 号"))
