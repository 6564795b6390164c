"""The page on which parcels are moved on by hand, in Chinese and English. No script: every step is a plain form."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sandbox.kit.pages import shell
from sandbox.parcels.world import Parcel

TEXTS = {
    "en": {
        "title": "Practice carriers",
        "mode": "Practice",
        "lead": "Parcels that your shop asked these stand-ins to follow. Move one on, and the shop is told, signed "
        "as the real service signs. The last digit of a number decides the journey: 1 parcel shop, 2 customs, "
        "3 failed attempt, 4 returned, 5 lost, 6 never seen, 7 another carrier, else normal.",
        "none": "No parcel yet. Fulfil an order with a tracking number, and it appears here.",
        "step": "Next step",
        "end": "To the end",
        "over": "Arrived",
        "stopped": "Followed no more",
        "announced": "Announced",
    },
    "zh": {
        "title": "模拟物流",
        "mode": "练习",
        "lead": "店铺交给模拟服务跟踪的包裹。推动包裹，店铺就会收到与真实服务同样签名的推送。单号最后一位决定行程："
        "1 驿站，2 清关，3 派送失败，4 退回，5 丢失，6 一直无记录，7 快递公司更正，其他为正常。",
        "none": "还没有包裹。给订单发货并填写运单号后，这里就会出现。",
        "step": "下一步",
        "end": "直到结束",
        "over": "已结束",
        "stopped": "已停止跟踪",
        "announced": "已下单",
    },
}


def overview(parcels: Sequence[Parcel], prefix: str, language: str) -> str:
    texts = TEXTS[language]
    rows = "".join(_row(parcel, prefix, texts, language) for parcel in parcels) or f"<p>{texts['none']}</p>"
    return shell(
        prefix=prefix,
        language=language,
        brand=texts["title"],
        mode=texts["mode"],
        title=texts["title"],
        body=f"<h1>{texts['title']}</h1><p>{texts['lead']}</p>{rows}",
    )


def _row(parcel: Parcel, prefix: str, texts: dict[str, str], language: str) -> str:
    last = parcel.seen[-1].step if parcel.seen else None
    words = texts["announced"] if last is None else last.zh if language == "zh" else last.en
    if parcel.stopped or parcel.is_over:
        verbs = f"<small>{texts['stopped' if parcel.stopped else 'over']}</small>"
    else:
        forms = "".join(
            f'<form method="post" action="{escape(prefix)}/move"><input type="hidden" name="id" '
            f'value="{escape(parcel.id)}"><input type="hidden" name="to" value="{to}">'
            f'<button class="{look}">{texts[to]}</button></form>'
            for to, look in (("step", "primary"), ("end", "secondary"))
        )
        verbs = f'<div class="verbs">{forms}</div>'
    return (
        f'<section class="entry"><h2 class="digits">{escape(parcel.number)}</h2><p>{escape(words)}<br><small>'
        f"{escape(parcel.provider)} · {escape(parcel.carrier)} · {parcel.journey}</small></p>{verbs}</section>"
    )
