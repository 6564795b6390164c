"""Gift cards at the desk: issued, shown once, blocked, corrected and found again."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.payments import gift_cards
from duli.commerce.payments.models import GiftCard
from tests import factories
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db
ISSUE = {"amount": "150.5", "currency": "CNY", "language": "en", "recipient_name": "Lin"}


@pytest.fixture
def desk() -> Client:
    factories.shop()
    client = Client()
    client.force_login(member("owner"))
    return client


def test_a_card_from_its_issue_to_its_block(desk: Client) -> None:
    assert desk.get(reverse("backoffice:gift_card_new")).status_code == 200
    assert desk.post(reverse("backoffice:gift_card_new"), ISSUE).status_code == 302
    card = GiftCard.objects.get()
    assert (card.balance_minor, card.last4) == (15050, "")
    url = reverse("backoffice:gift_card", args=[card.pk])
    assert "data-gift-code" not in desk.get(url).content.decode()
    shown = desk.post(reverse("backoffice:gift_card_code", args=[card.pk])).content.decode()
    code = re.search(r"data-gift-code>([^<]+)<", shown)
    assert code
    assert gift_cards.card_by_code(code.group(1)).pk == card.pk
    assert code.group(1) not in desk.get(url).content.decode()
    correct = reverse("backoffice:gift_card_correct", args=[card.pk])
    assert desk.post(correct, {"amount": "-500", "note": "x", "key": "a"}).status_code == 422
    assert desk.post(correct, {"amount": "-50.5", "note": "Too much", "key": "b"}).status_code == 302
    desk.post(reverse("backoffice:gift_card_block", args=[card.pk]))
    card.refresh_from_db()
    assert (card.balance_minor, gift_cards.state_of(card)) == (10000, "disabled")
    found = desk.get(reverse("backoffice:gift_cards"), {"q": card.last4, "state": "disabled"}).content.decode()
    assert f"•••• {card.last4}" in found
    assert f"•••• {card.last4}" not in desk.get(reverse("backoffice:gift_cards"), {"q": "nobody"}).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "0"}, {"amount": "1e99"}, {"amount": "1.005"}, {"currency": "XYZ"}, {"expires_on": "2001-01-01"}],
)
def test_nonsense_issues_nothing(desk: Client, wrong: dict[str, str]) -> None:
    assert desk.post(reverse("backoffice:gift_card_new"), ISSUE | wrong).status_code == 422
    assert not GiftCard.objects.exists()


def test_who_may_only_look_changes_nothing(desk: Client) -> None:
    desk.post(reverse("backoffice:gift_card_new"), ISSUE)
    viewer = Client()
    viewer.force_login(member("viewer"))
    card = GiftCard.objects.get()
    assert viewer.get(reverse("backoffice:gift_card", args=[card.pk])).status_code == 200
    for name in ("gift_card_code", "gift_card_block", "gift_card_correct", "gift_card_send"):
        assert viewer.post(reverse(f"backoffice:{name}", args=[card.pk])).status_code == 403


def test_only_who_may_takes_the_cards_out_and_codes_stay_masked(desk: Client) -> None:
    desk.post(reverse("backoffice:gift_card_new"), ISSUE | {"recipient_name": "=Lin"})
    card = GiftCard.objects.get()
    desk.post(reverse("backoffice:gift_card_code", args=[card.pk]))
    card.refresh_from_db()
    url = reverse("backoffice:gift_cards_export", args=["csv"])
    assert "gift-cards/export.csv" in desk.get(reverse("backoffice:gift_cards")).content.decode()
    rows = list(csv.DictReader(io.StringIO(b"".join(desk.get(url).streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [(row["Code"], row["Balance"], row["State"], row["Recipient"]) for row in rows] == [
        (f"•••• {card.last4}", "150.50", "active", "'=Lin")
    ]
    assert desk.get(reverse("backoffice:gift_cards_export", args=["xlsx"])).status_code == 200
    assert desk.get(reverse("backoffice:gift_cards_export", args=["pdf"])).status_code == 404
    for role in ("manager", "order_desk", "viewer"):
        other = Client()
        other.force_login(member(role))
        assert other.get(url).status_code == 403
        assert "gift-cards/export" not in other.get(reverse("backoffice:gift_cards")).content.decode()
