"""The list of scripts on pages where somebody pays is complete."""

from __future__ import annotations

from config.environment import ROOT
from duli.plugins.payment_stripe.setup import SCRIPT_ORIGINS, SCRIPT_URL

PAGE = (ROOT / "docs" / "payment-scripts.md").read_text(encoding="utf-8")


def test_every_script_of_a_payment_plugin_is_listed() -> None:
    scripts = [path.relative_to(path.parents[1]) for path in ROOT.glob("duli/plugins/payment_*/static/*/*.js")]
    assert scripts
    for script in scripts:
        assert f"`{script}`" in PAGE


def test_every_script_from_elsewhere_is_listed_with_what_it_talks_to() -> None:
    for address in (SCRIPT_URL, *SCRIPT_ORIGINS):
        assert f"`{address}`" in PAGE


def test_no_other_plugin_names_an_address_of_a_script() -> None:
    for path in ROOT.glob("duli/plugins/payment_*/*.py"):
        if path.parent.name != "payment_stripe":
            assert ".js?" not in path.read_text(encoding="utf-8")
            assert "https://" not in "".join(
                line for line in path.read_text(encoding="utf-8").splitlines() if line.rstrip('",)').endswith(".js")
            )
