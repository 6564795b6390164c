"""The page of phones, in Chinese and English. No script: every verb is a plain form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from sandbox.kit.pages import shell
from sandbox.kit.store import Document

TEXTS = {
    "en": {
        "title": "Practice phones",
        "mode": "Practice",
        "lead": "What your shop sent by text message. Each service recomputes the shop's signature and reports back as "
        "the real one does. The end of a number decides: 0001 cannot receive, 0002 is switched off, 0003 the answer is "
        "lost, 0004 too often, 0005 nothing is reported, else delivered.",
        "none": "No message yet. Sign up with a phone number, or ask for text messages about an order.",
        "sent": "On its way",
        "delivered": "Delivered",
        "undelivered": "Not delivered",
        "stop": "Answer “{word}”",
        "start": "Answer “START”",
        "again": "Report again",
    },
    "zh": {
        "title": "模拟手机",
        "mode": "练习",
        "lead": "店铺发出的短信。每个服务都会重新计算店铺的签名，并像真实服务一样回传状态。号码后四位决定结果："
        "0001 号码无效，0002 关机，0003 回应丢失，0004 过于频繁，0005 无回执，其他为已送达。",
        "none": "还没有短信。用手机号注册，或在订单中选择短信通知。",
        "sent": "发送中",
        "delivered": "已送达",
        "undelivered": "未送达",
        "stop": "回复“{word}”",
        "start": "回复“START”",
        "again": "再次回传状态",
    },
}
NAMES = {"aliyun": "Alibaba Cloud SMS", "tencent": "Tencent Cloud SMS", "twilio": "Twilio"}


def phones(messages: Sequence[Document], *, prefix: str, language: str) -> str:
    texts = TEXTS[language]
    by_number: dict[str, list[Document]] = {}
    for message in messages:
        by_number.setdefault(message["number"], []).append(message)
    body = f"<h1>{texts['title']}</h1><p>{texts['lead']}</p>"
    for number, found in by_number.items():
        body += f"<section><h2>{escape(number)}</h2>{''.join(_message(entry, texts, prefix) for entry in found[:10])}"
        body += f"{_verbs(found[0], texts, prefix)}</section>"
    return shell(
        prefix=prefix,
        language=language,
        brand=texts["title"],
        mode=texts["mode"],
        title=texts["title"],
        body=body if by_number else f"{body}<p>{texts['none']}</p>",
    )


def _message(message: Document, texts: dict[str, str], prefix: str) -> str:
    at = datetime.fromtimestamp(message["sent_at"], UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    service = NAMES[message["service"]]
    return f"<p>{escape(message['text'])}<br><small>{service} · {at} · {texts[message['state']]}</small></p>"


def _verbs(message: Document, texts: dict[str, str], prefix: str) -> str:
    word = "STOP" if message["service"] == "twilio" else "R"
    verbs = [("answer", word, texts["stop"].format(word=word)), ("answer", "START", texts["start"])]
    forms = "".join(
        f'<form method="post" action="{escape(prefix)}/{verb}"><input type="hidden" name="id" value="{message["id"]}">'
        f'<input type="hidden" name="words" value="{value}"><button>{label}</button></form>'
        for verb, value, label in [*verbs, ("report", "", texts["again"])]
    )
    return f'<div class="row">{forms}</div>'
