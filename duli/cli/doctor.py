"""`duli doctor`: what is configured, reachable, missing or dangerous, in words.

Exit code 0 if the shop can run as it is (warnings included), 1 if something is broken or dangerous.
"""

from __future__ import annotations

import argparse
import json
import sys

from duli.cli.findings import Finding, examine
from duli.cli.language import _

_SIGNS = {"ok": "✓", "note": "·", "warning": "!", "bad": "✗"}
_COLOURS = {"ok": "32", "note": "2", "warning": "33", "bad": "31"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("one JSON object, for programs"))


def run(arguments: argparse.Namespace) -> int:
    findings = examine()
    is_bad = any(finding.state == "bad" for finding in findings)
    if arguments.json:
        rows = [{"subject": finding.subject, "state": finding.state, "text": finding.text} for finding in findings]
        print(json.dumps({"ok": not is_bad, "findings": rows}, ensure_ascii=False, indent=2))
        return 1 if is_bad else 0
    for finding in findings:
        print(_line(finding))
    count = {state: sum(finding.state == state for finding in findings) for state in ("bad", "warning")}
    print()
    if count["bad"]:
        print(_("Problems that must be solved: %(count)s") % {"count": count["bad"]})
    elif count["warning"]:
        print(_("The shop can run. Worth a look: %(count)s") % {"count": count["warning"]})
    else:
        print(_("Everything is as it should be."))
    return 1 if is_bad else 0


def _line(finding: Finding) -> str:
    sign = _SIGNS[finding.state]
    if sys.stdout.isatty():
        sign = f"\x1b[{_COLOURS[finding.state]}m{sign}\x1b[0m"
    return f"{sign} {finding.text}"
