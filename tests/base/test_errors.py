from __future__ import annotations

import re
from pathlib import Path

from django.utils.translation import override

from duli.base.errors import InvalidInput, sentence
from duli.base.fields import FIELD_NAMES

DULI = Path(__file__).parents[2] / "duli"
_RAISED = re.compile(r'InvalidInput\(field="([^"{]+)"')


def test_every_field_that_can_be_wrong_has_a_name_for_people() -> None:
    raised = {name for path in DULI.rglob("*.py") for name in _RAISED.findall(path.read_text())}
    # A header of HTTP is called what it is called.
    assert "quantity" in raised
    assert raised - {"Idempotency-Key"} - set(FIELD_NAMES) == set()


def test_a_wrong_field_is_called_by_its_name() -> None:
    with override("zh-hans"):
        assert sentence(InvalidInput(field="tax_class")) == "税类填写有误。"
        assert sentence(InvalidInput(field="X-Header")) == "X-Header填写有误。"
