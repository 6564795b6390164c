"""Twilio Messages: a password for each call, callbacks signed with X-Twilio-Signature, STOP kept by the service."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sandbox.kit.store import Document
from sandbox.kit.wsgi import Answer, Request, answer_json
from sandbox.phones.world import Account, Lost, World, fate_of

NAME = "twilio"


def answer(world: World, account: Account, request: Request, parts: list[str]) -> Answer:
    """`parts` is the path after the version: ["Accounts", sid, "Messages.json"] or ["Accounts", "sid.json"]."""
    login = base64.b64encode(f"{account.key_id}:{account.secret}".encode()).decode()
    if not hmac.compare_digest(request.header("authorization"), f"Basic {login}"):
        return _no(401, 20003, "Authenticate")
    if parts[1:] == [f"{account.key_id}.json"] and request.method == "GET":
        return answer_json(200, {"sid": account.key_id, "friendly_name": "Practice", "status": "active"})
    if parts[1:] != [account.key_id, "Messages.json"]:
        return _no(404, 20404, "The requested resource was not found")
    if request.method == "GET":
        found = [_shown(entry) for entry in world.messages(service=NAME, number=request.query.get("To"))]
        return answer_json(200, {"messages": found})
    return _send(world, account, request.form)


def _no(status: int, code: int, message: str) -> Answer:
    return answer_json(status, {"code": code, "message": message, "status": status})


def _send(world: World, account: Account, form: dict[str, str]) -> Answer:
    number, fate = form.get("To", ""), fate_of(form.get("To", ""))
    if not number.startswith("+") or not number[1:].isdigit() or fate == "no_number":
        return _no(400, 21211, f"The 'To' number {number} is not a valid phone number.")
    if not (form.get("From") or form.get("MessagingServiceSid")):
        return _no(400, 21603, "A 'From' phone number is required.")
    if (form.get("From") or form["MessagingServiceSid"]) not in account.signs:
        return _no(400, 21606, "The 'From' phone number is not a valid message-capable number.")
    if not form.get("Body"):
        return _no(400, 21602, "Message body is required.")
    if world.is_stopped(number):
        return _no(400, 21610, "Attempt to send to unsubscribed recipient")
    if fate == "too_often":
        return _no(429, 20429, "Too Many Requests")
    if fate == "not_taken":
        raise Lost()
    message = world.take(
        NAME, number=number, text=form["Body"], key="", callback=form.get("StatusCallback", ""), fate=fate
    )
    if fate == "answer_lost":
        raise Lost()
    return answer_json(201, _shown(message))


def _shown(message: Document) -> dict[str, Any]:
    moment = datetime.fromtimestamp(message["sent_at"], UTC)
    return {
        "sid": message["id"],
        "to": message["number"],
        "body": message["text"],
        "status": "queued",
        "num_segments": "1",
        "date_created": format_datetime(moment),
    }


def report(world: World, account: Account, message: Document) -> tuple[str, dict[str, str]]:
    arrived = message["state"] == "delivered"
    fields = {
        "AccountSid": account.key_id,
        "MessageSid": message["id"],
        "MessageStatus": "delivered" if arrived else "undelivered",
        "To": message["number"],
        **({} if arrived else {"ErrorCode": "30003"}),
    }
    return urlencode(fields), {"url": message["callback"]}


def heard(world: World, account: Account, message: Document, words: str) -> tuple[str, dict[str, str]]:
    word = words.strip().upper()
    if word in {"STOP", "START"}:
        world.set_stopped(message["number"], word == "STOP")
    fields = {
        "AccountSid": account.key_id,
        "MessageSid": "SM" + hashlib.sha256(f"{message['id']}{word}{world.store.clock()}".encode()).hexdigest()[:32],
        "From": message["number"],
        "To": account.signs[0],
        "Body": words,
        **({"OptOutType": word} if word in {"STOP", "START"} else {}),
    }
    return urlencode(fields), {"url": account.push_url()}


def signature(token: str, url: str, body: str) -> str:
    """Return X-Twilio-Signature of a form."""
    text = url + "".join(name + value for name, value in sorted(set(parse_qsl(body, keep_blank_values=True))))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
