from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from duli.platform.mail.kinds import KINDS
from duli.platform.mail.models import Mail
from duli.web.backoffice.kit import cursors

PAGE = 50


def mail_page(
    *, query: str, state: str, templates: Sequence[str], after: str = "", limit: int = PAGE
) -> tuple[list[Mail], str]:
    """Return one page of the outbox, the newest first, without the mails' bodies (one query)."""
    rows = Mail.objects.defer("html", "text")
    if state:
        rows = rows.filter(state=state)
    if templates:
        rows = rows.filter(template__in=templates)
    if query:
        rows = rows.filter(Q(to__icontains=query) | Q(subject__icontains=query))
    return cursors.page(rows, order="-created_at", after=after, limit=limit)


def template_name(key: str) -> str:
    """Return the name of a kind of mail in the reader's language; the key itself if it is gone."""
    kind = KINDS.get(key)
    return str(kind.label) if kind else key


def template_choices() -> list[tuple[str, str]]:
    return [(kind.key, str(kind.label)) for kind in KINDS.values()]
