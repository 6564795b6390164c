"""What a merchant sets up: services, their templates, and how much may be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.platform.audit.services import record_change
from duli.platform.sms import locks
from duli.platform.sms.channel import channels
from duli.platform.sms.configuration import PURPOSE, TOPIC, known, rules
from duli.platform.sms.models import SmsAccount, SmsRules, SmsTemplate
from duli.platform.store.changes import mark
from duli.platform.store.outside import require_no_transaction
from duli.platform.store.seen import Seen, hold
from duli.platform.store.setup_values import taken, told

MAXIMUM_TEXT = 1000
MOST_A_DAY = 1_000_000
_NAMES = 12


@transaction.atomic
def save_account(
    *,
    code: str,
    enabled: bool,
    values: Mapping[str, Any],
    countries: Sequence[str] = (),
    position: int = 0,
    actor: str = "",
    seen: Seen | None = None,
) -> SmsAccount:
    """Set up a service. `values` by its fields; an empty secret keeps the one that is stored.

    `countries` are the ISO codes it is used for, none for all. Raises NotFound (no such service), InvalidInput
    (`field` names the one that is missing or does not fit).
    """
    hold(f"sms:{code}", seen)
    if code not in channels:
        raise NotFound()
    row = locks.lock_account(code)
    before = _told(row)
    fields = channels.get(code).description.fields
    row.settings = taken(fields, row.settings, values, purpose=PURPOSE, longest=MAXIMUM_TEXT, complete=enabled)
    row.enabled, row.position, row.countries = enabled, position, _countries(countries)
    row.save()
    record_change(
        area="notifications", reference=f"sms:{code}", label=code, before=before, after=_told(row), actor=actor
    )
    mark(TOPIC)
    return row


def check_account(*, code: str) -> str:
    """Ask the service whether the stored keys are right, and return what it says of the account.

    Calls the service, so never inside a transaction. NotFound, ChannelUnavailable, ChannelRefused.
    """
    found = known(code)
    if found is None:
        raise NotFound()
    require_no_transaction()
    return channels.get(code).check(found[1])


@transaction.atomic
def save_template(
    *,
    code: str,
    kind: str,
    language: str,
    template: str,
    sign: str = "",
    parameters: Sequence[tuple[str, str]] = (),
    actor: str = "",
    seen: Seen | None = None,
) -> None:
    """Say which approved template of a service stands for one of our messages; an empty one takes it away.

    `parameters` are (name, text in Jinja syntax) in the template's order; whoever calls has proved that they can be
    rendered. Raises NotFound, InvalidInput.
    """
    hold(f"sms:{code}:{kind}:{language}", seen)
    account = SmsAccount.objects.filter(code=code).first()
    if account is None or code not in channels:
        raise NotFound()
    template, sign = template.strip(), sign.strip()
    for field, text in (("template", template), ("sign", sign)):
        if len(text) > 60 or "\x00" in text:
            raise InvalidInput(field=field)
    pairs = [[name.strip(), text.strip()] for name, text in parameters]
    if len(pairs) > _NAMES or any(len(text) > MAXIMUM_TEXT or "\x00" in text for pair in pairs for text in pair):
        raise InvalidInput(field="parameters")
    row = SmsTemplate.objects.filter(account=account, kind=kind, language=language).first()
    before = {"template": row.template, "sign": row.sign, "parameters": dict(row.parameters)} if row else None
    after = {"template": template, "sign": sign, "parameters": dict(pairs)} if template else None
    if template:
        SmsTemplate.objects.update_or_create(
            account=account,
            kind=kind,
            language=language,
            defaults={"template": template, "sign": sign, "parameters": pairs},
        )
    elif row:
        row.delete()
    record_change(
        area="notifications",
        reference=f"sms:{code}:{kind}:{language}",
        label=f"{code} · {kind} · {language}",
        before=before,
        after=after,
        actor=actor,
    )
    mark(TOPIC)


@transaction.atomic
def save_rules(
    *, countries: Sequence[str], per_day: int, per_country: int, actor: str = "", seen: Seen | None = None
) -> None:
    """Say where text messages may go (ISO codes; none: where the markets are) and how many in 24 hours.

    `per_country` counts codes only: they are what strangers can ask for. Raises InvalidInput.
    """
    hold("sms:rules", seen)
    for field, number in (("per_day", per_day), ("per_country", per_country)):
        if not 0 < number <= MOST_A_DAY:
            raise InvalidInput(field=field)
    now = rules()
    before = {"countries": list(now.chosen), "per_day": now.per_day, "per_country": now.per_country}
    after = {"countries": _countries(countries), "per_day": per_day, "per_country": per_country}
    SmsRules.objects.update_or_create(only_one=True, defaults=after)
    record_change(area="notifications", reference="sms:rules", label="SMS", before=before, after=after, actor=actor)
    mark(TOPIC)


def _countries(codes: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(code.strip().upper() for code in codes if code.strip()))
    if len(found) > 260 or any(len(code) != 2 or not (code.isascii() and code.isalpha()) for code in found):
        raise InvalidInput(field="countries")
    return found


def _told(row: SmsAccount) -> dict[str, Any]:
    about = {"enabled": row.enabled, "position": row.position, "countries": ", ".join(row.countries)}
    return about | told(row.settings)
