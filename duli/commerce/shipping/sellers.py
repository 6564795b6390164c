"""Who sells labels here, and how a question to them is known again."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, replace

from duli.commerce.shipping.carrier import CarrierConfig
from duli.commerce.shipping.configuration import enabled_configs, known
from duli.commerce.shipping.label_seller import Consignment, LabelSeller, Package, sellers

_MEASURES = re.compile(r"(\d{1,3}(?:\.\d)?)\s*[x×*]\s*(\d{1,3}(?:\.\d)?)\s*[x×*]\s*(\d{1,3}(?:\.\d)?)")
HEAVIEST_BOX = 50_000


def seller_on() -> tuple[LabelSeller, CarrierConfig] | None:
    """Return the first service that is switched on and sells labels; nothing is read."""
    return next(((sellers.get(config.code), config) for config in enabled_configs() if config.code in sellers), None)


def seller_called(code: str, mode: str = "") -> tuple[LabelSeller, CarrierConfig] | None:
    """Return a seller and its set-up, even if it is switched off by now; `mode`: with the keys of real ones or tests.

    None if it is gone or was never set up.
    """
    found = known(code) if code in sellers else None
    if found is None:
        return None
    config = found[1]
    return sellers.get(code), replace(config, values={**config.values, "mode": mode}) if mode else config


def read_measures(text: str) -> tuple[int, int, int] | None:
    """Return length, width and height in mm of "30 x 20 x 10" (cm); None if it says something else."""
    match = _MEASURES.fullmatch(text.strip().lower())
    if not match:
        return None
    length, width, height = (round(float(part) * 10) for part in match.groups())
    return (length, width, height) if length and width and height else None


def usual_package(config: CarrierConfig, goods_grams: int) -> Package:
    """Return what goods weigh in the box that they are mostly sent in, and its measures."""
    box = config.text("box_grams")
    grams = min(int(box), HEAVIEST_BOX) if box.isascii() and box.isdigit() else 0
    return Package(goods_grams + grams, *(read_measures(config.text("box")) or (0, 0, 0)))


def question(seller: str, mode: str, consignment: Consignment) -> str:
    """Return the name of a question: equal where everything that the price depends on is."""
    asked = {**asdict(consignment), "reference": "", "seller": seller, "mode": mode}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
