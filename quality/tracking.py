"""Scores how well the shop tells whose tracking number something is.

    .venv/bin/python -m quality.tracking FILE

FILE: one JSON object a line with `courier`, `number`, `valid` (true or false) and, where known, `format` (the name
of the format within the courier). One JSON line goes to standard output, what went wrong to standard error.

- `right_courier`: of the valid numbers, the share whose first candidate is the courier of that line.
- `invalid_accepted`: how many of the invalid numbers are taken for a number of their courier in the format of their
  line; without a format, for any number of that courier.
- `named`: share of the valid numbers whose courier is among the candidates, in any place.
- `valid`, `invalid`: how many lines of each there are.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from duli.commerce.shipping.recognition import matches_format, recognise


def read_vectors(path: Path) -> list[dict[str, object]]:
    """Return the lines of a file; raise ValueError naming the one that is none of this form."""
    vectors: list[dict[str, object]] = []
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            vector = json.loads(line)
            if not isinstance(vector, dict) or not {"courier", "number", "valid"} <= set(vector):
                raise ValueError(f"{path}, line {number}: needs courier, number and valid")
            vectors.append(vector)
    return vectors


def evaluate(vectors: Iterable[Mapping[str, object]]) -> dict[str, float | int]:
    """Return the metrics above."""
    valid = invalid = right = named = accepted = 0
    for vector in vectors:
        courier, number = str(vector["courier"]), str(vector["number"])
        couriers = [candidate.courier for candidate in recognise(number)]
        if vector["valid"]:
            valid += 1
            right += couriers[:1] == [courier]
            named += courier in couriers
            if couriers[:1] != [courier]:
                print(f"{courier} {number!r}: {', '.join(couriers) or 'nobody'}", file=sys.stderr)
            continue
        invalid += 1
        form = vector.get("format")
        taken = matches_format(number, courier=courier, format=str(form)) if form else courier in couriers
        accepted += taken
        if taken:
            print(f"{courier} {number!r} is not valid, but was accepted", file=sys.stderr)
    return {
        "right_courier": round(right / valid, 4) if valid else 0.0,
        "invalid_accepted": accepted,
        "named": round(named / valid, 4) if valid else 0.0,
        "valid": valid,
        "invalid": invalid,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m quality.tracking", description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="vectors, one JSON object a line")
    options = parser.parse_args(arguments)
    print(json.dumps(evaluate(read_vectors(options.file))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
