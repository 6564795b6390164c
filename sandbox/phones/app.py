"""The WSGI application: three services for shops, and a page of phones."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.kit.delivery import Delivery
from sandbox.kit.pages import STYLE
from sandbox.kit.store import Document, Store
from sandbox.kit.wsgi import Answer, Application, Request, answer_page, redirect
from sandbox.phones import aliyun, pages, tencent, twilio
from sandbox.phones.world import Account, Lost, World

PAUSES = (2.0, 10.0, 60.0, 600.0)


class Phones(Application):
    """`accounts` by service; `reports`: tell the shop by itself what became of each message."""

    def __init__(self, accounts: Mapping[str, Account], store: Store, *, reports: bool = True) -> None:
        self.accounts = dict(accounts)
        self.world = World(store)
        self.reports = reports
        self.delivery = Delivery(store, self._headers, PAUSES)

    def answer(self, request: Request) -> Answer:
        parts = request.parts
        if parts[0] in {aliyun.NAME, tencent.NAME, twilio.NAME}:
            parts = parts[1:] or [""]
        try:
            if request.header("x-acs-action") and aliyun.NAME in self.accounts:
                return self._told(aliyun.answer(self.world, self.accounts[aliyun.NAME], request))
            if request.header("x-tc-action") and tencent.NAME in self.accounts:
                return self._told(tencent.answer(self.world, self.accounts[tencent.NAME], request))
            if parts[0] == "2010-04-01" and twilio.NAME in self.accounts:
                return self._told(twilio.answer(self.world, self.accounts[twilio.NAME], request, parts[1:]))
        except Lost:
            self._told(Answer(200))
            return Answer(502, b"<html>", "text/html")
        if parts == ["style.css"]:
            return Answer(200, STYLE.read_bytes(), "text/css; charset=utf-8")
        if parts == [""] and request.method == "GET":
            page = pages.phones(self.world.messages(), prefix=request.prefix, language=request.language())
            return answer_page(200, page)
        message = self.world.message(request.form.get("id", "")) if request.method == "POST" else None
        if message and parts == ["answer"]:
            self.hear(message, request.form.get("words", ""))
            return redirect(f"{request.prefix}/")
        if message and parts == ["report"]:
            self.tell(message)
            return redirect(f"{request.prefix}/")
        return Answer(404, b"There is nothing here.")

    def _told(self, answer: Answer) -> Answer:
        """Let every message that has just been taken arrive or not."""
        for message in self.world.messages(state="sent"):
            if message["fate"] != "silent" and self.reports:
                self.arrive(message)
        return answer

    def arrive(self, message: Document, times: int = 1) -> None:
        """Let a message reach its phone, or not, as its number says, and report it."""
        message["state"] = "undelivered" if message["fate"] == "switched_off" else "delivered"
        self.world.keep(message)
        self.tell(message, times)

    def tell(self, message: Document, times: int = 1) -> None:
        """Report what became of a message."""
        for _ in range(times):
            self._post(message, *self._report(message))

    def hear(self, message: Document, words: str) -> None:
        """Let the owner of a phone answer a message."""
        service = message["service"]
        if service == twilio.NAME:
            self._post(message, *twilio.heard(self.world, self.accounts[service], message, words))
        else:
            maker = aliyun if service == aliyun.NAME else tencent
            self._post(message, *maker.heard(self.world, message, words))

    def _report(self, message: Document) -> tuple[str, dict[str, str]]:
        if message["service"] == twilio.NAME:
            return twilio.report(self.world, self.accounts[twilio.NAME], message)
        return (aliyun if message["service"] == aliyun.NAME else tencent).report(self.world, message)

    def _post(self, message: Document, body: str, context: dict[str, str]) -> None:
        url = context.get("url") or self.accounts[message["service"]].push_url()
        if url:
            self.world.store.post(url, body, {**context, "url": url, "service": message["service"]})
            self.delivery.wake()

    def _headers(self, context: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        if context["service"] != twilio.NAME:
            return {"Content-Type": "application/json;charset=utf-8"}
        return {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": twilio.signature(self.accounts[twilio.NAME].secret, context["url"], body.decode()),
        }


def create_app(accounts: Mapping[str, Account], *, path: str = ":memory:", reports: bool = True) -> Phones:
    return Phones(accounts, Store(path), reports=reports)
