from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext_lazy as _

from duli.platform.sms.channel import (
    Accepted,
    ChannelConfig,
    ChannelDescription,
    ChannelRefused,
    ForgedPush,
    Heard,
    MalformedPush,
    Outgoing,
    Push,
    ReasonCode,
    Report,
    SettingField,
    command_of,
)
from duli.plugins.sms_http import base_of, call, whole
from duli.plugins.sms_twilio.signature import is_signed

BASE_URL = "https://api.twilio.com"
REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
KEY = "message"
"""The parameter of a callback's address that carries our name for the message."""

_REASONS: dict[int, ReasonCode] = {
    20003: "keys",
    20404: "keys",
    20429: "busy",
    21211: "number",
    21214: "number",
    21217: "number",
    21401: "number",
    21408: "country",
    21610: "stopped",
    21612: "country",
    21614: "number",
    21606: "sign",
    21212: "sign",
    21603: "sign",
    21659: "sign",
    21660: "sign",
    21701: "sign",
    21703: "sign",
    21617: "content",
    21619: "content",
    30001: "busy",
    30002: "balance",
    30003: "unreachable",
    30004: "stopped",
    30005: "number",
    30006: "number",
    30007: "content",
    30008: "unreachable",
    30022: "busy",
    30034: "sign",
}
_BUSY = {20429, 30001, 30022}
_STATES = {"delivered": "delivered", "read": "delivered", "undelivered": "undelivered", "failed": "undelivered"}


class Twilio:
    code = "twilio"
    description = ChannelDescription(
        name="Twilio",
        description=_("Sends any words to most countries. Readers can answer STOP."),
        push="message",
        fields=(
            SettingField("account", "Account SID", required=True, help=_("Begins with AC.")),
            SettingField("token", "Auth Token", "secret", required=True),
            SettingField(
                "sender",
                _("Sender"),
                required=True,
                help=_("A Messaging Service SID (MG…), a number you rent (+1…), or a name where it is allowed."),
            ),
            SettingField(
                "base_url",
                _("Address"),
                default=BASE_URL,
                help=_("Only another one for a test or a proxy of your own."),
            ),
        ),
        steps=(
            _("Sign up at twilio.com/console; Account SID and Auth Token stand on the first page."),
            _("Rent a number, or create a Messaging Service (Messaging › Services), and copy its SID as the sender."),
            _("Messaging › Settings › Geo permissions: allow only the countries you sell to."),
            _("Where the law asks for it, register the sender: A2P 10DLC for the USA, a name for the United Kingdom."),
            _(
                "At the number or the service, enter the address below for “A message comes in”, so that the shop "
                "learns who answers STOP. Reports about messages need nothing: each message brings its address."
            ),
        ),
    )

    def send(self, message: Outgoing, config: ChannelConfig) -> Accepted:
        sender = config.text("sender")
        form = {
            "To": message.to,
            "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
            "Body": message.text,
            "StatusCallback": f"{config.push_url}?{urlencode({KEY: message.key})}",
        }
        answer = self._call("POST", "/Messages.json", config, form)
        return Accepted(str(answer.get("sid") or ""), whole(answer.get("num_segments") or 0))

    def find(self, message: Outgoing, since: datetime, config: ChannelConfig) -> Accepted | None:
        # Nothing of ours comes back with a message, so it is known again by its words; those of a code are its own.
        query = {"To": message.to, "DateSent>": since.astimezone(UTC).strftime("%Y-%m-%d"), "PageSize": "50"}
        answer = self._call("GET", f"/Messages.json?{urlencode(query)}", config)
        earliest = since - timedelta(seconds=5)
        for row in answer.get("messages") or []:
            if (
                isinstance(row, dict)
                and row.get("body") == message.text
                and _moment(row.get("date_created")) >= earliest
            ):
                return Accepted(str(row.get("sid") or ""), whole(row.get("num_segments") or 0))
        return None

    def check(self, config: ChannelConfig) -> str:
        answer = self._call("GET", ".json", config)
        status = str(answer.get("status") or "")
        if status != "active":
            raise ChannelRefused(reason="keys", answer=status or "?", detail=status)
        return str(answer.get("friendly_name") or "")

    def parse_push(self, body: bytes, headers: Mapping[str, str], url: str, config: ChannelConfig) -> Push:
        try:
            fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
        except (ValueError, UnicodeDecodeError):
            raise ForgedPush() from None
        given = headers.get("x-twilio-signature", "")
        tokens = config.secrets("token") if given else ()
        if not any(is_signed(given=given, token=token, url=url, fields=fields) for token in tokens):
            raise ForgedPush()
        told = dict(fields)
        name = told.get("MessageSid") or told.get("SmsSid") or ""
        if not name or told.get("AccountSid") != config.text("account"):
            raise MalformedPush()
        status = told.get("MessageStatus", "")
        if not status:
            command = {"STOP": "stop", "START": "start"}.get(told.get("OptOutType", "").upper())
            heard = Heard(name, told.get("From", ""), command or command_of(told.get("Body", "")))  # type: ignore[arg-type]
            return Push((), (heard,), REPLY, "text/xml")
        key = dict(parse_qsl(url.partition("?")[2])).get(KEY, "")
        code = whole_code(told.get("ErrorCode"))
        state = _STATES.get(status, "accepted")
        report = Report(
            state=state,  # type: ignore[arg-type]
            id=name,
            key=key,
            reason=_REASONS.get(code, "unreachable") if state == "undelivered" else "",
            answer=str(code) if code else status,
        )
        return Push((report,), (), REPLY, "text/xml")

    def _call(
        self, method: str, path: str, config: ChannelConfig, form: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        base, account = base_of(config.text("base_url"), BASE_URL), config.text("account")
        login = base64.b64encode(f"{account}:{config.text('token')}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Accept": "application/json"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        status, answer = call(
            method,
            f"{base}/2010-04-01/Accounts/{account}{path}",
            body=urlencode(form).encode() if form is not None else b"",
            headers=headers,
        )
        if status < 300:
            return answer
        code = whole_code(answer.get("code"))
        raise ChannelRefused(
            reason=_REASONS.get(code, "busy" if status == 429 else "keys" if status in {401, 403} else "other"),
            answer=str(code or status),
            detail=str(answer.get("message") or ""),
            again=status == 429 or code in _BUSY,
        )


def whole_code(value: object) -> int:
    """Read a code of theirs, 0 if there is none."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _moment(text: object) -> datetime:
    try:
        found = parsedate_to_datetime(str(text))
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


twilio = Twilio()
