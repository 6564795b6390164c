"""Whoever edits a mail reads its conditions as sentences, never as the names that programs use."""

from __future__ import annotations

import json
import re

from django.utils.translation import override

from duli.platform.mail.sources import FOLDER
from duli.web.backoffice.mail_words import CONDITIONS, LISTS, flow_words

FLOW = re.compile(r"{%-?\s*(if|elif|for)\s+(.+?)\s*-?%}")


def test_every_condition_and_list_of_the_mails_has_words() -> None:
    unsaid = set()
    for path in FOLDER.glob("*/*.html"):
        for word, rest in FLOW.findall(path.read_text()):
            if word == "for":
                unsaid |= {rest.split(" in ")[1]} - LISTS.keys()
            else:
                # The script takes these apart in the same way, and says "not" of what it knows.
                parts = [part for half in rest.split(" or ") for part in half.split(" and ")]
                unsaid |= {
                    part for part in parts if part not in CONDITIONS and part.removeprefix("not ") not in CONDITIONS
                }
    assert not unsaid


def test_nothing_is_said_of_what_no_mail_asks() -> None:
    sources = " ".join(path.read_text() for path in FOLDER.glob("**/*.html"))
    assert [name for name in CONDITIONS if name.removeprefix("not ").split(" ")[0] not in sources] == []
    assert [name for name in LISTS if f" in {name} " not in sources] == []


def test_they_are_in_the_readers_language() -> None:
    with override("zh-hans"):
        said = json.dumps(flow_words(), ensure_ascii=False)
    assert "顾客写了备注" in said
    assert "the shopper" not in said
