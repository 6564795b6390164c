"""The pages that the shopper sees, in Chinese and English. No script: every step is a plain form."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from sandbox.card_page import cards

_NO_DECIMALS = {"JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF", "PYG", "UGX", "RWF"}
_THREE_DECIMALS = {"BHD", "JOD", "KWD", "OMR", "TND"}
_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "brand": "Practice card page",
        "title": "Pay by card",
        "to_pay": "To pay",
        "order": "Order",
        "practice": "This is a practice page. No real money moves, so please do not enter a real card.",
        "number": "Card number",
        "expiry": "Expiry date",
        "expiry_hint": "MM / YY",
        "code": "Security code",
        "code_hint": "3 digits",
        "pay": "Pay",
        "back": "Cancel and return to the shop",
        "other_cards": "Pay with a test card",
        "other_cards_hint": "Each one behaves differently.",
        "paid": "Goes through",
        "declined": "Is declined",
        "insufficient_funds_card": "Not enough money",
        "challenge": "Bank asks for confirmation (3-D Secure)",
        "late": "Bank takes its time; the message comes later",
        "double": "Goes through, the message is sent twice",
        "number_wrong": "This card number has a typing error. Please check the digits.",
        "not_a_test_card": "Only the test cards below work here. Please never enter a real card.",
        "expiry_wrong": "Enter month and year, for example 04 / 30.",
        "expiry_past": "This card has expired.",
        "code_wrong": "Enter the 3 digits on the back of the card.",
        "card_declined": "The bank declined this card. Nothing was charged. Try another card.",
        "insufficient_funds": "There is not enough money on this card. Nothing was charged. Try another card.",
        "authentication_failed": "The bank could not confirm that it is you. Nothing was charged.",
        "challenge_title": "Confirm your payment",
        "challenge_text": "Your bank wants to make sure that it is you. Do you approve this payment?",
        "challenge_card": "Card ending in",
        "approve": "Approve",
        "deny": "Refuse",
        "session_not_found": "This payment does not exist or is no longer here.",
        "session_finished": "This payment is already finished.",
        "other": "This page cannot be shown.",
        "not_found": "There is nothing here.",
        "secure": "Practice mode",
        "switch": "中文",
    },
    "zh": {
        "brand": "银行卡模拟收银台",
        "title": "银行卡支付",
        "to_pay": "应付金额",
        "order": "订单",
        "practice": "这是练习用的收银台，不会产生真实扣款，请不要输入真实卡号。",
        "number": "卡号",
        "expiry": "有效期",
        "expiry_hint": "月 / 年",
        "code": "安全码",
        "code_hint": "3 位数字",
        "pay": "支付",
        "back": "取消并返回店铺",
        "other_cards": "用测试卡支付",
        "other_cards_hint": "每张卡的结果各不相同。",
        "paid": "支付成功",
        "declined": "被银行拒绝",
        "insufficient_funds_card": "余额不足",
        "challenge": "银行要求验证身份（3-D Secure）",
        "late": "银行处理较慢，结果稍后通知",
        "double": "支付成功，通知发送两次",
        "number_wrong": "卡号有误，请核对数字。",
        "not_a_test_card": "这里只接受下方的测试卡，请勿输入真实卡号。",
        "expiry_wrong": "请输入月份和年份，例如 04 / 30。",
        "expiry_past": "此卡已过有效期。",
        "code_wrong": "请输入卡片背面的 3 位数字。",
        "card_declined": "银行拒绝了这张卡，没有扣款。请换一张卡再试。",
        "insufficient_funds": "卡内余额不足，没有扣款。请换一张卡再试。",
        "authentication_failed": "银行未能确认是您本人，没有扣款。",
        "challenge_title": "确认付款",
        "challenge_text": "银行需要确认是您本人操作。是否同意这笔付款？",
        "challenge_card": "卡号尾号",
        "approve": "同意付款",
        "deny": "拒绝",
        "session_not_found": "这笔付款不存在或已失效。",
        "session_finished": "这笔付款已经结束。",
        "other": "此页面无法显示。",
        "not_found": "这里没有内容。",
        "secure": "练习模式",
        "switch": "English",
    },
}


_CARD = (
    '<svg aria-hidden="true" viewBox="0 0 24 24"><rect x="2.5" y="5" width="19" height="14" rx="3"></rect>'
    '<path d="M2.5 10h19M6 15h4"></path></svg>'
)


def amount_text(minor: int, currency: str) -> str:
    """Return an amount of minor units as people write it."""
    decimals = 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    whole, rest = divmod(minor, 10**decimals)
    number = f"{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")
    return f"{_SIGNS[currency]}{number}" if currency in _SIGNS else f"{currency} {number}"


def _shell(prefix: str, language: str, title: str, body: str, switch: bool = True) -> str:
    text = TEXTS[language]
    other = "en" if language == "zh" else "zh"
    tag, other_tag = ("zh-Hans", "en") if language == "zh" else ("en", "zh-Hans")
    link = f'<a class="switch" href="?lang={other}" lang="{other_tag}">{text["switch"]}</a>' if switch else ""
    return f"""<!doctype html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} – {text["brand"]}</title>
<link rel="stylesheet" href="{escape(prefix)}/style.css">
<link rel="icon" href="data:,">
</head>
<body>
<header class="top"><p class="brand">{_CARD}{text["brand"]}</p><p class="mode">{text["secure"]}</p>{link}</header>
<main>{body}</main>
</body>
</html>
"""


def _summary(language: str, session: Mapping[str, Any]) -> str:
    text = TEXTS[language]
    return f"""<div class="summary"><p class="label">{text["to_pay"]}</p>
<p class="amount">{escape(amount_text(session["amount"], session["currency"]))}</p>
<p class="order">{text["order"]} <b>{escape(session["label"])}</b></p></div>"""


def _field(text: Mapping[str, str], found: Mapping[str, str], name: str, attributes: str, hint: str = "") -> str:
    problem = found.get(name, "")
    note = f'<p class="problem" id="{name}-problem">{text[problem]}</p>' if problem else ""
    invalid = f' aria-invalid="true" aria-describedby="{name}-problem"' if problem else ""
    if problem and name == next(iter(found)):
        invalid += " autofocus"
    return f"""<div class="field {name}"><label for="{name}">{text[name]}</label>
<input id="{name}" name="{name}" inputmode="numeric" required placeholder="{escape(hint)}" {attributes}{invalid}>
{note}</div>"""


def card_form(prefix: str, language: str, session: Mapping[str, Any], found: Mapping[str, str]) -> str:
    """Return the page on which the card is given; `found` are problems by field."""
    text = TEXTS[language]
    action = f"{escape(prefix)}/pay/{escape(session['id'])}"
    error = session["error_code"]
    alert = f'<p class="alert" role="alert">{text.get(error, text["card_declined"])}</p>' if error and not found else ""
    labels = {"insufficient_funds": "insufficient_funds_card"}
    choices = "".join(
        f'<li><button name="test_card" value="{card.outcome}" formnovalidate>'
        f'<span class="digits">{cards.grouped(card.number)}</span>'
        f"<span>{text[labels.get(card.outcome, card.outcome)]}</span></button></li>"
        for card in cards.CARDS
    )
    amount = escape(amount_text(session["amount"], session["currency"]))
    query = f"?lang={language}"
    body = f"""<h1>{text["title"]}</h1>
{_summary(language, session)}
<p class="practice">{text["practice"]}</p>{alert}
<form method="post" action="{action}{query}" autocomplete="off">
{_field(text, found, "number", 'maxlength="23" autocomplete="off"', "4242 4242 4242 4242")}
<div class="pair">{_field(text, found, "expiry", 'maxlength="7" autocomplete="off"', text["expiry_hint"])}
{_field(text, found, "code", 'maxlength="4" autocomplete="off"', text["code_hint"])}</div>
<button class="primary">{text["pay"]} {amount}</button>
</form>
<form method="post" action="{action}{query}"><h2>{text["other_cards"]}</h2>
<p class="hint">{text["other_cards_hint"]}</p><ul class="cards">{choices}</ul></form>
<form method="post" action="{action}/back{query}"><button class="plain">{text["back"]}</button></form>"""
    return _shell(prefix, language, text["title"], body)


def challenge_page(prefix: str, language: str, session: Mapping[str, Any]) -> str:
    """Return the bank's question to its customer."""
    text = TEXTS[language]
    action = f"{escape(prefix)}/pay/{escape(session['id'])}"
    query = f"?lang={language}"
    body = f"""<h1>{text["challenge_title"]}</h1>
{_summary(language, session)}
<p class="question">{text["challenge_text"]}</p>
<p class="hint">{text["challenge_card"]} <b>{escape(session["last4"])}</b></p>
<form method="post" action="{action}/challenge{query}" class="pair">
<button class="primary" name="answer" value="approve">{text["approve"]}</button>
<button class="secondary" name="answer" value="deny">{text["deny"]}</button>
</form>
<form method="post" action="{action}/back{query}"><button class="plain">{text["back"]}</button></form>"""
    return _shell(prefix, language, text["challenge_title"], body)


def message_page(prefix: str, language: str, code: str) -> str:
    """Return a page that says why there is nothing to do here."""
    text = TEXTS[language]
    sentence = text.get(code, text["other"])
    return _shell(prefix, language, sentence, f"<h1>{sentence}</h1>", switch=False)
