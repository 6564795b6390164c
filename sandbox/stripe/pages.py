"""What shoppers see: the hosted Checkout page, the bank's question, the app's question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from sandbox.kit.pages import STYLE, amount_text, shell
from sandbox.kit.wsgi import Answer, Request, answer_page, redirect
from sandbox.stripe import cards
from sandbox.stripe.ledger import Ledger
from sandbox.stripe.terms import Refused
from sandbox.stripe.texts import TEXTS

_SCRIPTS = Path(__file__).with_name("scripts") / "shop.js"
WALLETS = ("apple_pay", "google_pay")
_WALLET_CARD = "4242424242424242"


class Shopper:
    """The half that browsers talk to."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def answer(self, request: Request) -> Answer:
        match request.method, request.parts:
            case "GET", ["style.css"]:
                return Answer(200, STYLE.read_bytes(), "text/css; charset=utf-8")
            case "GET", [_train, "stripe.js"] | ["elements.js" as _train]:
                script = _SCRIPTS.with_name("shop.js" if len(request.parts) == 2 else "frame.js")
                return Answer(200, script.read_bytes(), "text/javascript; charset=utf-8")
            case _, ["elements", name, *rest]:
                return self._frame(request, name, rest[0] if rest else "")
            case _, ["c", "pay", name, *rest]:
                return self._checkout(request, name, rest[0] if rest else "")
        return Answer(404, b"There is nothing here.")

    def _checkout(self, request: Request, name: str, action: str) -> Answer:
        try:
            session = self.ledger.session(name)
        except Refused:
            return _message(request, request.language(), "missing", 404)
        language = request.language(session["locale"] or "")
        if session["status"] == "expired":
            return _message(request, language, "expired", 410)
        if request.method == "GET" and action == "back":
            return redirect(session["cancel_url"] or session["success_url"])
        if session["status"] == "complete":
            return redirect(session["success_url"])
        if request.method == "POST":
            self._act(session, action, request.form)
            self.ledger.notify()
            session = self.ledger.session(name)
            if session["status"] == "complete":
                return redirect(session["success_url"])
        return self._draw(request, language, session)

    def _frame(self, request: Request, name: str, action: str) -> Answer:
        """Answer inside the shop's page, to whoever knows the payment's client secret."""
        intent = self.ledger.store.get("payment_intent", name)
        if intent is None or request.query.get("secret") != intent["client_secret"]:
            return Answer(404, b"There is nothing here.")
        text, language = TEXTS[request.language()], request.language()
        path = f"{escape(request.prefix)}/elements/{escape(name)}"
        query = escape(f"?secret={intent['client_secret']}&lang={language}")
        open_states = {"requires_payment_method", "requires_action"}
        if request.method == "POST" and intent["status"] in open_states:
            chosen = chosen_method(request.form)
            if action == "challenge" and intent["status"] == "requires_action":
                self.ledger.authenticate(intent, approved=request.form.get("answer") == "approve")
            elif action == "" and chosen and intent["status"] == "requires_payment_method":
                self.ledger.confirm(intent, **chosen)
            self.ledger.notify()
            intent = self.ledger.store.get("payment_intent", name) or intent
        error = intent["last_payment_error"]
        told = {"status": intent["status"], "error": text[error_name(error)] if error else ""}
        if request.method == "GET":
            told = {"status": "", "error": ""}
        if intent["status"] == "requires_action":
            body = question(text, f"{path}/challenge{query}")
        elif intent["status"] == "requires_payment_method":
            body = choices(text, intent["payment_method_types"], f"{path}{query}", radio=True)
        else:
            body = f"<p>{text['complete']}</p>"
        data = escape(json.dumps(told), quote=True)
        body += f'<div id="told" data-told="{data}"></div><script src="{escape(request.prefix)}/elements.js"></script>'
        html = shell(
            prefix=request.prefix, language=language, brand=text["brand"], mode=text["mode"], title=text["title"],
            body=body, frame=True,
        )  # fmt: skip
        return answer_page(200, html, framed=True, script=True)

    def _act(self, session: dict[str, Any], action: str, form: Mapping[str, str]) -> None:
        """Do what the shopper pressed; anything that makes no sense draws the page again."""
        intent = self.ledger.store.get("payment_intent", session["payment_intent"] or "")
        if action == "challenge":
            if intent is not None and intent["status"] == "requires_action":
                self.ledger.authenticate(intent, approved=form.get("answer") == "approve")
            return
        if chosen := chosen_method(form):
            self.ledger.pay_session(session, **chosen)

    def _draw(self, request: Request, language: str, session: Mapping[str, Any]) -> Answer:
        text = TEXTS[language]
        intent = self.ledger.store.get("payment_intent", session["payment_intent"] or "")
        action = f"{escape(request.prefix)}/c/pay/{escape(session['id'])}"
        query = f"?lang={language}"
        amount = amount_text(session["amount_total"], session["currency"])
        summary = f"""<div class="summary"><p class="label">{text["to_pay"]}</p><p class="amount">{escape(amount)}</p>
<p class="order"><b>{escape(" · ".join(session["_lines"]))}</b></p></div>"""
        back = f'<p><a class="plain" href="{action}/back">{text["back"]}</a></p>'
        if intent is not None and intent["status"] == "requires_action":
            body = f"""<h1>{text["challenge_title"]}</h1>{summary}{question(text, f"{action}/challenge{query}")}"""
            return self._page(request, language, text["challenge_title"], body, session)
        error = (intent or {}).get("last_payment_error")
        alert = f'<p class="alert" role="alert">{text[error_name(error)]}</p>' if error else ""
        body = f"""<h1>{text["title"]}</h1>{summary}<p class="practice">{text["practice"]}</p>{alert}
{choices(text, session["payment_method_types"], f"{action}{query}")}{back}"""
        return self._page(
            request, language, text["title"], body, session, 402 if error and request.method == "POST" else 200
        )

    def _page(
        self, request: Request, language: str, title: str, body: str, session: Mapping[str, Any], status: int = 200
    ) -> Answer:
        text = TEXTS[language]
        html = shell(
            prefix=request.prefix, language=language, brand=text["brand"], mode=text["mode"], title=title, body=body
        )
        return answer_page(status, html, session["success_url"])


def chosen_method(form: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what `Ledger.confirm` needs from the button that was pressed, None for anything else."""
    if form.get("test_card") in cards.BY_NUMBER:
        return {"method": "card", "number": form["test_card"]}
    method = form.get("method", "")
    if method in WALLETS:
        return {"method": "card", "number": _WALLET_CARD, "wallet": method}
    if method in {"alipay", "wechat_pay", "sepa_debit"}:
        return {"method": method}
    if method == "sepa_debit_fails":
        return {"method": "sepa_debit", "fails": True}
    return None


def error_name(error: Mapping[str, str]) -> str:
    """Return the name of the sentence about a payment that came to nothing."""
    name = f"error_{error.get('decline_code') or error['code']}"
    if name in TEXTS["en"]:
        return name
    return "error_authentication" if "authentication" in error["code"] else "error_card_declined"


def question(text: Mapping[str, str], action: str) -> str:
    """Return the bank's question to its customer."""
    return f"""<p class="question">{text["challenge_text"]}</p>
<form method="post" action="{action}" class="pair">
<button class="primary" name="answer" value="approve">{text["approve"]}</button>
<button class="secondary" name="answer" value="deny">{text["deny"]}</button></form>"""


def choices(text: Mapping[str, str], methods: list[str], action: str, *, radio: bool = False) -> str:
    """Return the forms with every way to pay; `radio`: one is chosen here, the shop's own button pays."""
    if radio:
        ways = [
            *(
                ("test_card", card.number, f"{cards.grouped(card.number)} – {text[card.outcome]}")
                for card in cards.CARDS
            ),
            *(("method", name, text[name]) for name in (*WALLETS, *methods, *_DELAYED) if name != "card"),
        ]
        entries = "".join(
            f'<li><label class="way"><input type="radio" name="way" value="{name}={value}"'
            f"{' checked' if value == ways[0][1] else ''}> {escape(label)}</label></li>"
            for name, value, label in ways
        )
        return f'<form method="post" action="{action}"><ul class="cards">{entries}</ul></form>'
    test_cards = "".join(
        f'<li><button name="test_card" value="{card.number}"><span class="digits">{cards.grouped(card.number)}</span>'
        f"<span>{text[card.outcome]}</span></button></li>"
        for card in cards.CARDS
    )
    wallets = _buttons(text, WALLETS)
    others = _buttons(text, [*(method for method in methods if method in {"alipay", "wechat_pay"}), *_DELAYED])
    return f"""<form method="post" action="{action}"><h2>{text["pay_with"]}</h2>
<p class="hint">{text["cards_hint"]}</p><ul class="cards">{test_cards}</ul></form>
<form method="post" action="{action}"><h2>{text["wallets"]}</h2><ul class="cards">{wallets}</ul></form>
<form method="post" action="{action}"><h2>{text["other_methods"]}</h2><ul class="cards">{others}</ul></form>"""


_DELAYED = ("sepa_debit", "sepa_debit_fails")


def _buttons(text: Mapping[str, str], methods: Any) -> str:
    return "".join(f'<li><button name="method" value="{name}">{text[name]}</button></li>' for name in methods)


def _message(request: Request, language: str, code: str, status: int) -> Answer:
    text = TEXTS[language]
    html = shell(
        prefix=request.prefix,
        language=language,
        brand=text["brand"],
        mode=text["mode"],
        title=text[code],
        body=f"<h1>{text[code]}</h1>",
    )
    return answer_page(status, html)
