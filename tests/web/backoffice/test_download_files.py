"""Sold files on a variant's page."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from duli.commerce.downloads.models import DownloadFile
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_name_without_an_ending_gets_the_one_of_its_file(owner: Client, settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    variant = factories.variant_of(factories.product())
    place = [variant.product_id, variant.pk]
    upload = SimpleUploadedFile("pattern.pdf", b"%PDF-1.4")
    assert (
        owner.post(reverse("backoffice:file_add", args=place), {"file": upload, "name": "纸样 A4"}).status_code == 302
    )
    file = DownloadFile.objects.get()
    assert file.name == "纸样 A4.pdf"
    edit = reverse("backoffice:file_edit", args=[*place, file.pk])
    for given, kept in (("纸样", "纸样.pdf"), ("Pattern.PDF", "Pattern.PDF"), ("x" * 200, "x" * 196 + ".PDF")):
        assert owner.post(edit, {"name": given}).status_code == 302
        file.refresh_from_db()
        assert file.name == kept
