"""The way out: Django's mail backend, set up from ``DULI_EMAIL_URL``.

``smtp://user:password@host:587`` speaks STARTTLS (``?tls=off`` does not; port 25 never does),
``smtps://user:password@host:465`` speaks TLS from the start. ``?from=shop@example.com`` names the sender where it
is not the store's own address.
"""

from __future__ import annotations

import hashlib
from email.utils import formataddr
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from duli.base.text import one_line
from duli.platform.mail.models import Mail
from duli.platform.store.selectors import current_store

TIMEOUT_SECONDS = 20


def can_send_mail() -> bool:
    """Say whether the operator named a mail server."""
    return bool(settings.ENVIRONMENT.email_url)


def connection() -> BaseEmailBackend:
    """Return a connection to the mail server of DULI_EMAIL_URL. Raises ValueError for another scheme."""
    url = urlsplit(settings.ENVIRONMENT.email_url)
    if url.scheme not in {"smtp", "smtps"}:
        raise ValueError("DULI_EMAIL_URL begins with smtp:// or smtps://")
    port = url.port or (465 if url.scheme == "smtps" else 587)
    options = parse_qs(url.query)
    return get_connection(
        settings.EMAIL_BACKEND,
        host=unquote(url.hostname or ""),
        port=port,
        username=unquote(url.username or ""),
        password=unquote(url.password or ""),
        use_ssl=url.scheme == "smtps",
        use_tls=url.scheme == "smtp" and port != 25 and options.get("tls", ["on"])[0] != "off",
        timeout=TIMEOUT_SECONDS,
    )


def sender_address() -> str:
    """Return the bare address that mails come from."""
    url = urlsplit(settings.ENVIRONMENT.email_url)
    user = unquote(url.username or "")
    given = parse_qs(url.query).get("from", [""])[0]
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return given or current_store().email or (user if "@" in user else "") or f"noreply@{host}"


def message_id(mail: Mail) -> str:
    """Return the Message-ID: the same for every attempt at the same message, another one when staff resend it."""
    digest = hashlib.sha256(f"{mail.key}\n{mail.resends}".encode()).hexdigest()[:40]
    return f"<{digest}@{sender_address().rpartition('@')[2]}>"


def hand_over(mail: Mail) -> None:
    """Give the mail to the server; whatever it raises means that it was not accepted."""
    store = current_store(mail.language)
    headers = {"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated", "Content-Language": mail.language}
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=formataddr((one_line(store.name), sender_address())),
        to=[mail.to],
        reply_to=[store.email] if store.email else None,
        headers=headers,
        connection=connection(),
    )
    message.attach_alternative(mail.html, "text/html")
    message.send()
