"""The pages that the shopper sees in a practice wallet, in Chinese and English. No script: every step is a form."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

STYLE = Path(__file__).with_name("style.css")

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Confirm the payment",
        "to_pay": "To pay",
        "practice": "This is a practice wallet. No real money moves.",
        "approve": "Pay",
        "decline": "Let the payment fail",
        "slow": "Pay, but the bank takes its time",
        "abandon": "Leave without paying",
        "declined": "The payment did not go through. Nothing was charged. You can try again.",
        "done": "Paid. You can close this page and go back to the shop.",
        "processing": "Your bank is working on it. You can close this page.",
        "left": "Nothing was paid. You can close this page and go back to the shop.",
        "closed": "This payment is closed. Nothing was charged.",
        "not_found": "This payment does not exist or is no longer here.",
        "other": "This page cannot be shown.",
        "mode": "Practice mode",
        "switch": "中文",
    },
    "zh": {
        "title": "确认付款",
        "to_pay": "应付金额",
        "practice": "这是练习用的钱包，不会产生真实扣款。",
        "approve": "确认付款",
        "decline": "让付款失败",
        "slow": "付款，但银行处理较慢",
        "abandon": "不付款，离开",
        "declined": "付款未成功，没有扣款。可以再试一次。",
        "done": "已付款。可以关闭此页面，回到店铺。",
        "processing": "银行正在处理，可以关闭此页面。",
        "left": "没有付款。可以关闭此页面，回到店铺。",
        "closed": "这笔付款已关闭，没有扣款。",
        "not_found": "这笔付款不存在或已失效。",
        "other": "此页面无法显示。",
        "mode": "练习模式",
        "switch": "English",
    },
}
ACTIONS = ("approve", "decline", "slow", "abandon")


@dataclass(frozen=True)
class Brand:
    """A wallet's own look: the style's class and its name in both languages."""

    code: str
    zh: str
    en: str

    def name(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


def _shell(brand: Brand, prefix: str, language: str, title: str, body: str, *, switch: bool) -> str:
    text = TEXTS[language]
    other, tag, other_tag = ("en", "zh-Hans", "en") if language == "zh" else ("zh", "en", "zh-Hans")
    link = f'<a class="switch" href="?lang={other}" lang="{other_tag}">{text["switch"]}</a>' if switch else ""
    return f"""<!doctype html>
<html lang="{tag}" class="{brand.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} – {escape(brand.name(language))}</title>
<link rel="stylesheet" href="{escape(prefix)}/style.css">
<link rel="icon" href="data:,">
</head>
<body>
<header class="top"><p class="brand">{escape(brand.name(language))}</p><p class="mode">{text["mode"]}</p>{link}</header>
<main>{body}</main>
</body>
</html>
"""


def payment_page(
    brand: Brand, prefix: str, language: str, *, action: str, amount: str, subject: str, is_declined: bool = False
) -> str:
    """Return the page that asks the shopper; `amount` is written out, `action` is where the form goes."""
    text = TEXTS[language]
    alert = f'<p class="alert" role="alert">{text["declined"]}</p>' if is_declined else ""
    styles = {"approve": "primary", "abandon": "plain"}
    buttons = "".join(
        f'<button class="{styles.get(name, "secondary")}" name="action" value="{name}">{text[name]}</button>'
        for name in ACTIONS
    )
    body = f"""<h1>{text["title"]}</h1>
<div class="summary"><p class="label">{text["to_pay"]}</p><p class="amount">{escape(amount)}</p>
<p class="order">{escape(subject)}</p></div>
<p class="practice">{text["practice"]}</p>{alert}
<form method="post" action="{escape(action)}?lang={language}">{buttons}</form>"""
    return _shell(brand, prefix, language, text["title"], body, switch=True)


def message_page(brand: Brand, prefix: str, language: str, code: str) -> str:
    """Return a page that says how it ended, or why there is nothing to do here."""
    sentence = TEXTS[language].get(code, TEXTS[language]["other"])
    return _shell(brand, prefix, language, sentence, f"<h1>{sentence}</h1>", switch=False)
