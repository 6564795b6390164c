"""The language at hand, read in our way, is still each thread's own, and its texts are the same."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext, trans_real


def test_a_language_is_one_catalogue() -> None:
    chinese = trans_real.translation("zh-hans")
    assert len(chinese._catalog._catalogs) == 1  # type: ignore[attr-defined]
    with translation.override("zh-hans"):
        assert gettext("This field is required.") != "This field is required.", "a text of Django's own"
        assert gettext("To ship") == "待发货"
        assert ngettext("%(count)s item", "%(count)s items", 2) % {"count": 2} == "2 件"
        assert gettext("Nobody has written this down.") == "Nobody has written this down."
    with translation.override("en"):
        assert ngettext("%(count)s item", "%(count)s items", 1) % {"count": 1} == "1 item"
        assert ngettext("%(count)s item", "%(count)s items", 2) % {"count": 2} == "2 items"


def test_each_thread_and_task_has_its_own() -> None:
    with translation.override("en"), timezone.override(ZoneInfo("Asia/Tokyo")), ThreadPoolExecutor(1) as pool:
        assert pool.submit(translation.get_language).result() == settings.LANGUAGE_CODE
        assert pool.submit(timezone.get_current_timezone_name).result() != "Asia/Tokyo"
        with translation.override("zh-hans"):
            assert translation.get_language() == "zh-hans"
        with translation.override(None):
            assert translation.get_language() is None
        assert (translation.get_language(), timezone.get_current_timezone_name()) == ("en", "Asia/Tokyo")

        async def spoken(language: str) -> tuple[str | None, str | None]:
            translation.activate(language)
            await asyncio.sleep(0)
            return translation.get_language(), await sync_to_async(translation.get_language)()

        async def both() -> list[tuple[str | None, str | None]]:
            return list(await asyncio.gather(spoken("en"), spoken("zh-hans")))

        assert asyncio.run(both()) == [("en", "en"), ("zh-hans", "zh-hans")]
        assert translation.get_language() == "en"
