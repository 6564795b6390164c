from __future__ import annotations

import json
from pathlib import Path

import pytest

from quality import tracking

LINES = (
    {"courier": "ups", "format": "ups", "number": "1Z5R89390357567127", "valid": True},
    {"courier": "dhl", "format": "dhl_express", "number": "331 881 0025", "valid": True},
    {"courier": "yodel", "format": "yodel", "number": "1Z5R89390357567127", "valid": True},
    {"courier": "dhl", "format": "dhl_express", "number": "3318810024", "valid": False},
    {"courier": "dhl", "format": "dhl_express", "number": "3318810025", "valid": False},
    {"courier": "ups", "number": "1Z5R89390357567127", "valid": False},
)


def test_one_line_of_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "numbers.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in LINES) + "\n\n", encoding="utf-8")
    assert tracking.main([str(file)]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "right_courier": 0.6667,
        "invalid_accepted": 2,
        "named": 0.6667,
        "valid": 3,
        "invalid": 3,
    }
    assert "yodel" in printed.err


def test_a_file_of_another_form_is_refused_by_line(tmp_path: Path) -> None:
    file = tmp_path / "numbers.jsonl"
    file.write_text('{"courier": "ups", "number": "1"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 1"):
        tracking.read_vectors(file)
