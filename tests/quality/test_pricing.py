from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from quality.pricing.gherkin import NotGherkin, read_folder
from quality.pricing.play import counted, play_all, reasons
from tests.shared_data import ROOT, shared

FEATURE = """
Feature: Taxes of ours
    Background:
        Given the store operates on a single channel in "United States"
        And default tax zone is "US"
        And the store has "VAT" tax rate of <rate>% for "Toys" within the "US" zone
        And the store has a product "Kite" priced at "$10.05"
        And it belongs to "Toys" tax category

    # a remark
    @ours
    Scenario Outline: One kite
        Given the store has "Lower VAT" tax rate of <rate>% for "Books" within the "US" zone
        And the store has a product "Atlas" priced at "$10.05"
        And it belongs to "Books" tax category
        When I add product "Atlas" to the cart
        Then my cart total should be "<total>"
        And my cart taxes should be "<tax>"

        Examples:
            | rate | total  | tax   |
            | 10   | $11.06 | $1.01 |
            | 20   | $12.06 | $2.01 |

    Scenario: A wrong wish
        When I add product "Kite" to the cart
        Then my cart total should be "$1.00"

    Scenario: Something nobody knows
        When I dance

    Scenario: Something else
        Given this product has a nameless variant with code "X"
""".replace('tax rate of <rate>% for "Toys"', 'tax rate of 10% for "Toys"')


def write(folder: Path, text: str = FEATURE) -> Path:
    (folder / "deeper").mkdir()
    (folder / "deeper" / "ours.feature").write_text(text, encoding="utf-8")
    return folder


def test_outlines_and_backgrounds_are_read(tmp_path: Path) -> None:
    found = read_folder(write(tmp_path))
    assert [scenario.title for scenario in found] == [
        "One kite", "One kite", "A wrong wish", "Something nobody knows", "Something else",
    ]  # fmt: skip
    assert found[1].steps[-1].text == 'my cart taxes should be "$2.01"'
    assert found[0].steps[0].kind == "Given"
    assert found[0].tags == {"@ours"}
    with pytest.raises(NotGherkin, match="line 2"):
        read_folder(
            write(tmp_path / "other", "Feature: x\nGiven a step") if (tmp_path / "other").mkdir() is None else tmp_path
        )


@pytest.mark.django_db
def test_a_scenario_counts_only_if_every_step_came_out(tmp_path: Path) -> None:
    results = play_all(read_folder(write(tmp_path)))
    assert counted(results) == {"scenarios": 5, "reproduced": 2, "not_applicable": 1, "failed": 2}
    lines = reasons(results)
    assert 'my cart total should be "$1.00": the total is USD 11.06, not USD 1.00' in lines[0]
    assert "no step for: I dance" in lines[1]
    assert "a variant always has a name" in lines[2]


def test_the_program_prints_one_line_at_the_end(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "quality.pricing", str(write(tmp_path))],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120, env={**os.environ, "DULI_DATABASE_URL": ""},
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "scenarios": 5, "reproduced": 2, "not_applicable": 1, "failed": 2,
    }  # fmt: skip


# What is asked of the database here goes through the shop's own verbs, which their rooms try on both.
@pytest.mark.one_database
@pytest.mark.django_db
@pytest.mark.parametrize("part", ["taxation", "shipping", "currency", "inventory", "cart", "promotion", "checkout"])
def test_scenarios_of_another_shop_come_out_to_the_cent(part: str) -> None:
    results = play_all(read_folder(shared(f"pricing_scenarios/shop/{part}")))
    assert [line for line in reasons(results) if line.startswith("failed")] == []
    assert (
        counted(results)["reproduced"]
        >= {
            "taxation": 59,
            "shipping": 9,
            "currency": 8,
            "inventory": 4,
            "cart": 24,
            "promotion": 96,
            "checkout": 7,
        }[part]
    )
