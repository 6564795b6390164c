from __future__ import annotations

import pytest

from duli.commerce.shipping.service_words import service_words


@pytest.mark.parametrize(
    ("code", "carrier", "words"),
    [
        ("GroundAdvantage", "USPS", "Ground Advantage"),
        ("FEDEX_2_DAY", "FedEx", "2 Day"),
        ("FEDEX_2_DAY", "", "FedEx 2 Day"),
        ("INTERNATIONAL_ECONOMY", "FedEx", "International Economy"),
        ("UPSSaver", "UPS", "Saver"),
        ("UPS", "UPS", "UPS"),
        ("2ndDayAirAM", "UPS", "2nd Day Air AM"),
        ("GroundsaverGreaterThan1lb", "UPS", "Groundsaver Greater Than 1lb"),
        ("ExpressWorldwide", "DHL Express", "Express Worldwide"),
        ("Paket Prio", "DHL", "Paket Prio"),
        ("标准快递", "SF", "标准快递"),
        ("", "", ""),
    ],
)
def test_a_code_is_read_as_words(code: str, carrier: str, words: str) -> None:
    assert service_words(code, carrier) == words
