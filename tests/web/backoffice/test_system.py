"""Jobs and health: seen by those who look after the machine, tried again and discarded by those who may."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from duli.platform.audit.models import AuditEntry
from duli.platform.jobs import selectors
from tests.platform.jobs.failing import fail_one
from tests.web.backoffice.conftest import SignIn


@pytest.mark.django_db
def test_a_failed_job_is_called_by_what_it_does(owner: Client) -> None:
    row = DBTaskResult.objects.get(pk=fail_one())
    row.args_kwargs["kwargs"]["job"] = "orders.write_export"
    row.save(update_fields=["args_kwargs"])
    page = owner.get(reverse("backoffice:system")).content.decode()
    assert "Write an export of orders</a>" in page
    asked = owner.get(reverse("backoffice:system_retry", args=[row.pk])).content.decode()
    assert "Try “Write an export of orders” again?" in asked


def test_a_failed_job_is_shown_with_its_error_and_tried_again(owner: Client) -> None:
    job = fail_one(7)
    page = owner.get(reverse("backoffice:system")).content.decode()
    assert "tests.fails" in page
    assert "builtins.RuntimeError" in page
    detail = owner.get(reverse("backoffice:system_job", args=[job])).content.decode()
    assert "it always fails" in detail
    assert "&quot;number&quot;: 7" in detail
    assert owner.post(reverse("backoffice:system_retry", args=[job])).status_code == 302
    row = DBTaskResult.objects.get(pk=job)
    assert (row.status, row.worker_ids) == ("READY", [])
    assert owner.post(reverse("backoffice:system_retry", args=[job])).status_code == 409
    assert AuditEntry.objects.filter(area="system").get().label == "tests.fails"


@pytest.mark.django_db
def test_all_are_tried_again_or_discarded_at_once(owner: Client) -> None:
    for number in range(3):
        fail_one(number)
    assert selectors.numbers().failed == 3
    owner.post(reverse("backoffice:system_retry_all"))
    assert (selectors.numbers().failed, selectors.numbers().ready) == (0, 3)
    DBTaskResult.objects.update(status="FAILED")
    owner.post(reverse("backoffice:system_discard_all"))
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["nonsense", "0" * 32, "00000000-0000-0000-0000-000000000000"])
def test_a_job_that_is_not_there_is_no_page(owner: Client, key: str) -> None:
    assert owner.get(reverse("backoffice:system_job", args=[key])).status_code == 404
    assert owner.post(reverse("backoffice:system_discard", args=[key])).status_code == 404


@pytest.mark.django_db
def test_a_manager_looks_but_does_not_touch(sign_in: SignIn) -> None:
    job = fail_one()
    manager = sign_in("manager")
    page = manager.get(reverse("backoffice:system_job", args=[job])).content.decode()
    assert "/retry/" not in page
    assert manager.post(reverse("backoffice:system_retry", args=[job])).status_code == 403
    assert DBTaskResult.objects.get(pk=job).status == "FAILED"


@pytest.mark.django_db
def test_the_page_tells_the_schedule_and_the_machine(owner: Client) -> None:
    page = owner.get(reverse("backoffice:system")).content.decode()
    for word in ("jobs.prune", "Daily at 04:17", "Free on the disk", "Python 3."):
        assert word in page
