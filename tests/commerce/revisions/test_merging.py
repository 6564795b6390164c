from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.commerce.revisions import snapshots
from duli.commerce.revisions.merging import merge
from duli.commerce.revisions.types import Snapshot

# What two people do to the same product, as plain data.
fields = st.dictionaries(
    st.sampled_from(["title", "brand", "hs_code", "seo_title"]), st.sampled_from(["a", "b", "c"]), max_size=4
)


def plain(**values: str) -> Snapshot:
    own = {"title": "", "brand": "", "hs_code": "", "seo_title": "", **values}
    return {"product": own, "texts": {}, **{name: [] for name in snapshots.LISTS}, "options": [], "variants": {}}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(base=fields, mine=fields, theirs=fields)
def test_merging_loses_nobodys_work(base: dict[str, str], mine: dict[str, str], theirs: dict[str, str]) -> None:
    start = plain(**base)
    first, second = plain(**{**base, **mine}), plain(**{**base, **theirs})
    merged = merge(base=start, mine=first, theirs=second)
    refused = {entry.path[1] for entry in merged.conflicts}
    for name in start["product"]:
        was, me, them = (row["product"][name] for row in (start, first, second))
        got = merged.snapshot["product"][name]
        if me != was and them not in (was, me):
            assert name in refused
            assert got == them
        else:
            assert got == (me if me != was else them)
    kept = merge(base=start, mine=first, theirs=second, keep_mine=frozenset(e.path for e in merged.conflicts))
    for name in refused:
        assert kept.snapshot["product"][name] == first["product"][name]
