"""The page of practice carriers: looks like the other stand-ins under the shop's policy, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest

from tests.plugins.carrier_world import CarrierWorld


@pytest.fixture
def world() -> Iterator[CarrierWorld]:
    world = CarrierWorld()
    yield world
    world.shut_down()


def read(world: CarrierWorld, path: str, language: str = "en") -> str:
    with urlopen(Request(f"{world.url}{path}", headers={"Accept-Language": language}), timeout=10) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize(("language", "title"), [("en", "Practice carriers"), ("zh-CN", "模拟物流")])
def test_it_has_a_style_that_the_shop_allows(world: CarrierWorld, language: str, title: str) -> None:
    page = read(world, "/", language)
    assert f"<h1>{title}</h1>" in page
    # The shop's policy runs no style that stands in a page.
    assert "<style" not in page
    assert '<link rel="stylesheet" href="/style.css">' in page
    assert ".verbs" in read(world, "/style.css")
    assert "<h1>Practice carriers</h1>" in read(world, "/?lang=en", "zh-CN")
