"""What the merchant set up for each service of text messages, read once per process and change."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from duli.platform.sms.channel import ChannelConfig, channels
from duli.platform.sms.models import SmsAccount, SmsRules, SmsTemplate
from duli.platform.sms.types import Route, Rules, TemplateRow
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import markets
from duli.platform.store.setup_values import opened_all, replaced

TOPIC = "sms_accounts"
PURPOSE = "sms.accounts"
PUSH_PATH = "hooks/sms/"
PER_DAY = 1000
PER_COUNTRY = 300


@dataclass(frozen=True, slots=True)
class Way:
    """A service that is switched on: its set-up, where to, and its templates by kind and language."""

    config: ChannelConfig
    countries: frozenset[str]
    templates: dict[tuple[str, str], TemplateRow]


_ways: ChangeCache[tuple[Way, ...]] = ChangeCache(1)
_rules: ChangeCache[tuple[tuple[str, ...], int, int]] = ChangeCache(1)


def push_url(account: SmsAccount) -> str:
    """Return the public address for a service's messages; whoever does not know it cannot call it."""
    return f"{settings.PUBLIC_URL}/{PUSH_PATH}{account.code}/{account.secret}"


def to_config(row: SmsAccount) -> ChannelConfig:
    """Return the row's settings over the service's defaults, secrets in clear."""
    fields = channels.get(row.code).description.fields if row.code in channels else ()
    values = opened_all(fields, row.settings, purpose=PURPOSE)
    return ChannelConfig(row.code, values, push_url(row), replaced(row.settings, purpose=PURPOSE))


def to_template(row: SmsTemplate) -> TemplateRow:
    return TemplateRow(
        row.kind, row.language, row.template, row.sign, tuple((str(name), str(text)) for name, text in row.parameters)
    )


def ways() -> tuple[Way, ...]:
    """Return the services that are switched on, in the merchant's order."""

    def read() -> tuple[Way, ...]:
        rows = SmsAccount.objects.filter(enabled=True).prefetch_related("templates")
        return tuple(
            Way(
                to_config(row),
                frozenset(row.countries),
                {(entry.kind, entry.language): to_template(entry) for entry in row.templates.all()},
            )
            for row in rows
            if row.code in channels
        )

    return _ways.get_or_make("all", read, [TOPIC])


def known(code: str) -> tuple[SmsAccount, ChannelConfig] | None:
    """Return a service's account and set-up even if it is switched off by now."""
    row = SmsAccount.objects.filter(code=code).first() if code in channels else None
    return (row, to_config(row)) if row else None


def provider_name(code: str) -> str:
    """Return what a service is called; its code if it is gone."""
    return str(channels.get(code).description.name) if code in channels else code


def rules() -> Rules:
    """Return how much may be sent; without a choice of the merchant's, to the countries that markets name."""

    def read() -> tuple[tuple[str, ...], int, int]:
        row = SmsRules.objects.first()
        return (tuple(row.countries), row.per_day, row.per_country) if row else ((), PER_DAY, PER_COUNTRY)

    chosen, per_day, per_country = _rules.get_or_make("all", read, [TOPIC])
    countries = frozenset(chosen) or frozenset(country for market in markets() for country in market.countries)
    return Rules(countries, chosen, per_day, per_country)


def may_go_to(country: str) -> bool:
    """Say whether text messages may go to a country; where nobody named any, to those a service is set up for."""
    if not country:
        return False
    allowed = rules().countries
    if allowed:
        return country in allowed
    return any(country in way.countries for way in ways())


def route_for(*, country: str, kind: str, language: str, by: str = "") -> Route:
    """Return by whom a message goes out: the first service that serves the country and has a template if it needs one.

    A template in another language is better than none. `by` names the only service that counts, whatever its countries.
    `refused` says why there is no way.
    """
    why = "no_service"
    for way in ways():
        if (by and way.config.code != by) or (not by and way.countries and country not in way.countries):
            continue
        if not channels.get(way.config.code).description.templates:
            return Route(way.config.code)
        found = way.templates.get((kind, language)) or next(
            (row for (named, _), row in sorted(way.templates.items()) if named == kind), None
        )
        if found is not None:
            return Route(way.config.code, found.template, found.sign, found.parameters)
        why = "no_template"
    return Route("", refused=why)
