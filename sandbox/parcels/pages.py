"""The page on which parcels are moved on by hand, in Chinese and English. No script: every step is a plain form."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sandbox.parcels.world import Parcel

TEXTS = {
    "en": {
        "title": "Practice carriers",
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
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:760px;margin:40px auto;padding:0 16px;color:#1d2a26}"
    "article{border:1px solid #d5ddd9;border-radius:10px;padding:16px;margin:12px 0;display:flex;gap:12px;"
    "flex-wrap:wrap;align-items:center}article div{flex:1;min-width:220px}small{color:#5b6b65}"
    "button{font:inherit;padding:8px 14px;border-radius:8px;border:1px solid #2f6f5e;background:#fff;cursor:pointer}"
    "button.solid{background:#2f6f5e;color:#fff}form{display:inline}"
)


def overview(parcels: Sequence[Parcel], prefix: str, language: str) -> str:
    texts = TEXTS[language]
    rows = "".join(_row(parcel, prefix, texts, language) for parcel in parcels)
    rows = rows or f"<p>{texts['none']}</p>"
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{texts["title"]}</title>'
        f"<style>{_STYLE}</style><h1>{texts['title']}</h1><p>{texts['lead']}</p>{rows}"
    )


def _row(parcel: Parcel, prefix: str, texts: dict[str, str], language: str) -> str:
    last = parcel.seen[-1].step if parcel.seen else None
    words = texts["announced"] if last is None else last.zh if language == "zh" else last.en
    if parcel.stopped or parcel.is_over:
        verbs = f"<small>{texts['stopped' if parcel.stopped else 'over']}</small>"
    else:
        verbs = "".join(
            f'<form method="post" action="{prefix}/move"><input type="hidden" name="id" value="{escape(parcel.id)}">'
            f'<input type="hidden" name="to" value="{to}"><button class="{look}">{texts[to]}</button></form> '
            for to, look in (("step", "solid"), ("end", ""))
        )
    return (
        f"<article><div><b>{escape(parcel.number)}</b> <small>{escape(parcel.provider)} · {escape(parcel.carrier)} · "
        f"{parcel.journey}</small><br>{escape(words)}</div>{verbs}</article>"
    )
