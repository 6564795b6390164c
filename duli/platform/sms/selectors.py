from __future__ import annotations

from collections.abc import Collection, Sequence

from django.conf import settings

from duli.platform.sms.channel import channels
from duli.platform.sms.configuration import provider_name, push_url, rules, to_template, ways
from duli.platform.sms.models import SmsAccount, SmsConsent, SmsDispatch, SmsStop, SmsTemplate
from duli.platform.sms.services.limits import counted_today
from duli.platform.sms.types import AccountForm, DispatchView, Rules, StopView, TemplateRow
from duli.platform.store.setup_values import shown


def is_on() -> bool:
    """Say whether any service is switched on."""
    return bool(ways())


def can_send_sms() -> bool:
    """Say whether a text message would reach its reader: by a service, or in the mailbox of a demo shop."""
    return is_on() or bool(settings.DEMO)


def wants_news(reference: str) -> bool:
    """Say whether somebody asked to be told by text message about `reference` ("order:12")."""
    return SmsConsent.objects.filter(reference=reference).exists()


def wanting(references: Collection[str]) -> set[str]:
    """Return about which of these somebody asked to be told by text message (one query)."""
    return set(SmsConsent.objects.filter(reference__in=references).values_list("reference", flat=True))


def account_forms() -> list[AccountForm]:
    """Return every service with what is set up for it; secrets only by their names (one query)."""
    rows = {row.code: row for row in SmsAccount.objects.all()}
    found = []
    for code, channel in channels:
        about = channel.description
        row = rows.get(code) or SmsAccount(code=code, countries=list(about.countries))
        values, secrets = shown(about.fields, row.settings)
        found.append(
            AccountForm(
                code=code,
                name=str(about.name),
                description=str(about.description),
                fields=about.fields,
                steps=tuple(str(step) for step in about.steps),
                templates=about.templates,
                enabled=row.enabled,
                position=row.position,
                countries=tuple(row.countries),
                values=values,
                secrets_set=secrets,
                is_set_up=row.pk is not None,
                push=about.push,
                push_url=push_url(row) if row.pk else "",
            )
        )
    return sorted(found, key=lambda entry: (not entry.enabled, entry.position, entry.code))


def templates_of(code: str) -> dict[tuple[str, str], TemplateRow]:
    """Return the templates that are set for a service, by kind and language (one query)."""
    rows = SmsTemplate.objects.filter(account__code=code)
    return {(row.kind, row.language): to_template(row) for row in rows}


def dispatches(keys: Sequence[str]) -> dict[str, DispatchView]:
    """Return how messages went, by the key they were dispatched under (one query)."""
    return {row.key: _view(row) for row in SmsDispatch.objects.filter(key__in=keys)}


def _view(row: SmsDispatch) -> DispatchView:
    return DispatchView(
        provider=row.provider,
        provider_name=provider_name(row.provider),
        provider_id=row.provider_id,
        country=row.country,
        state=row.state,
        reason=row.reason,
        answer=row.answer,
        detail=row.detail,
        parts=row.parts,
        asked_at=row.asked_at,
        accepted_at=row.accepted_at,
        reported_at=row.reported_at,
    )


def standing() -> tuple[Rules, int]:
    """Return how much may be sent, and how many parts left the shop today (two queries at most)."""
    return rules(), counted_today()


def stopped(limit: int = 20) -> tuple[int, list[StopView]]:
    """Return how many numbers want no news, and the latest of them (two queries)."""
    rows = SmsStop.objects.all()
    return rows.count(), [StopView(row.hint, row.provider, row.since) for row in rows[:limit]]
