"""Words of every shop that mean the same. Data only: groups of spellings, normalised like any text."""

from __future__ import annotations

from functools import cache

from duli.platform.search.segment import normalise, runs, stem

_GROUPS = """
tv, television, televisions
laptop, notebook computer
phone, telephone
cellphone, mobile phone, smartphone
fridge, refrigerator
earphones, headphones, earbuds
flashlight, torch
couch, sofa
sneakers, trainers
tee, t-shirt, tshirt
pants, trousers
hoodie, hooded sweatshirt
bike, bicycle
usb stick, usb flash drive, thumb drive
ssd, solid state drive
hdd, hard drive, hard disk
gray, grey
color, colour
jewelry, jewellery
手提电脑, 笔记本电脑
充电宝, 移动电源
优盘, u盘, 闪存盘
热水瓶, 暖水瓶
西红柿, 番茄
土豆, 马铃薯
"""


@cache
def synonyms() -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return for each phrase (its terms in order) the phrases that mean the same."""
    found: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
    for line in _GROUPS.strip().splitlines():
        group = tuple(dict.fromkeys(_phrase(spelling) for spelling in line.split(",")))
        for phrase in group:
            found[phrase] = tuple(other for other in group if other != phrase)
    return found


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(
        term for run in runs(normalise(text)) for term in ([run.text] if run.chinese else [stem(p) for p in run.parts])
    )
