from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from duli.base.errors import NotFound
from duli.platform.mail.kinds import KINDS, kind_of
from duli.platform.mail.models import Mail, MailTemplateVersion
from duli.platform.mail.sources import source_of, switched_off
from duli.platform.mail.states import Channel
from duli.platform.mail.texting import key_of, words_of
from duli.platform.mail.types import MailView, TemplateView, VersionView
from duli.platform.sms.selectors import dispatches
from duli.platform.sms.types import DispatchView
from duli.platform.store.selectors import languages


def _view(mail: Mail, *, reveal: bool) -> MailView:
    kind = KINDS.get(mail.template)
    secret = kind is not None and kind.secret
    shown = reveal or not secret
    return MailView(
        id=mail.pk,
        key=mail.key,
        channel=mail.channel,
        template=mail.template,
        label=str(kind.label) if kind else mail.template,
        to=mail.to,
        language=mail.language,
        subject=mail.subject,
        html=mail.html if shown else "",
        text=mail.text if shown else "",
        reference=mail.reference,
        state=mail.state,
        attempts=mail.attempts,
        error=words_of(mail.error),
        secret=secret,
        created_at=mail.created_at,
        sent_at=mail.sent_at,
    )


def mail_view(mail_id: int, *, reveal: bool = False) -> MailView:
    """Return one message; with `reveal` also the words of one with a code. Raises NotFound."""
    mail = Mail.objects.filter(pk=mail_id).first()
    if mail is None:
        raise NotFound()
    return _view(mail, reveal=reveal)


def way_of(mail_id: int) -> DispatchView | None:
    """Return how a text message of the outbox went; None of a mail, and before it was handed over (two queries)."""
    mail = Mail.objects.filter(pk=mail_id, channel=Channel.SMS).only("resends").first()
    return dispatches([key_of(mail)]).get(key_of(mail)) if mail else None


def outbox(
    *, state: str = "", template: str = "", reference: str = "", query: str = "", before_id: int = 0, limit: int = 50
) -> list[MailView]:
    """Return messages, newest first (one query, no bodies): those older than `before_id`, narrowed by what is given.

    `query` is looked for in the address and the subject.
    """
    rows = Mail.objects.order_by("-pk").defer("html", "text")
    if state:
        rows = rows.filter(state=state)
    if template:
        rows = rows.filter(template=template)
    if reference:
        rows = rows.filter(reference=reference)
    if query:
        rows = rows.filter(to__icontains=query) | rows.filter(subject__icontains=query)
    if before_id:
        rows = rows.filter(pk__lt=before_id)
    return [_headline(mail) for mail in rows[:limit]]


def _headline(mail: Mail) -> MailView:
    # The words were not read; a view of them would be one query a row.
    mail.html = mail.text = ""
    return _view(mail, reveal=False)


def newest(*, limit: int = 50) -> list[MailView]:
    """Return the newest messages with their words, codes too: for the mailbox of a demo shop, and only there.

    Raises NotFound in a shop that is not a demo.
    """
    if not settings.DEMO:
        raise NotFound()
    return [_view(mail, reveal=True) for mail in Mail.objects.order_by("-pk").defer("html")[:limit]]


def template_list(languages_wanted: Sequence[str] = ()) -> list[TemplateView]:
    """Return every template in every language of the shop, or in those wanted."""
    wanted = tuple(languages_wanted) or languages()
    return [
        template_view(key=kind.key, channel=channel, language=language)
        for kind in KINDS.values()
        for channel in kind.channels
        for language in wanted
    ]


def template_view(*, key: str, language: str, channel: str = Channel.EMAIL) -> TemplateView:
    """Return one template with the words in use. Raises UnknownTemplate."""
    kind = kind_of(key)
    source, _ = source_of(key, channel, language)
    return TemplateView(
        key=key,
        channel=channel,
        language=language,
        label=str(kind.label),
        help=str(kind.help),
        for_staff=kind.for_staff,
        subject=source.subject,
        body=source.body,
        is_own=source.is_own,
        is_on=not switched_off(key, channel, language),
        is_needed=kind.needed,
        variables=kind.sample(language),
    )


def versions(*, key: str, channel: str, language: str, limit: int = 30) -> list[VersionView]:
    """Return what was saved of one template, newest first (one query)."""
    rows = MailTemplateVersion.objects.filter(key=key, channel=channel, language=language).order_by("-pk")
    return [VersionView(row.pk, row.subject, row.body, row.saved_by, row.saved_at) for row in rows[:limit]]


def version(version_id: int, *, key: str, channel: str, language: str) -> VersionView:
    """Return one saved text of this very template. Raises NotFound."""
    row = MailTemplateVersion.objects.filter(pk=version_id, key=key, channel=channel, language=language).first()
    if row is None:
        raise NotFound()
    return VersionView(row.pk, row.subject, row.body, row.saved_by, row.saved_at)
