"""The first key to the back office: whoever runs the shop's machine is shown a link, and nobody else."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from duli.base.ids import is_token
from duli.platform.accounts.models import User
from duli.platform.accounts.permissions import OWNER
from duli.platform.accounts.services.people import create_staff
from duli.platform.accounts.types import SetupOver
from duli.platform.store.sealing import keys
from duli.platform.store.services import pass_step

STEP: Final = "owner"


def is_ownerless() -> bool:
    """Say whether nobody works here yet, so that the shop waits for its first owner (one query)."""
    return not User.objects.filter(is_staff=True).exists()


def setup_link() -> str:
    """Return the address under which the first owner begins.

    Its token is drawn from the shop's secret key, so that every process knows it and no table holds it; it opens
    nothing once somebody works here.
    """
    return f"{settings.PUBLIC_URL}/admin/begin/{_token(keys()[0])}/"


def _token(key: str) -> str:
    return salted_hmac("duli.first_owner", STEP, secret=key, algorithm="sha256").hexdigest()


def check_setup_token(token: str) -> None:
    """Raise SetupOver unless this link opens the shop now."""
    fits = is_token(token) and any(constant_time_compare(token, _token(key)) for key in keys())
    if not (fits and is_ownerless()):
        raise SetupOver()


@transaction.atomic
def create_first_owner(*, token: str, email: str, name: str, password: str, language: str = "") -> User:
    """Make the shop's first owner, once: of two who send the form at the same time one is refused.

    Raises SetupOver, InvalidInput(field="email"), WeakPassword, AddressTaken.
    """
    check_setup_token(token)
    # A row with this key is there once: whoever comes second waits for the first, and is refused.
    if not pass_step(step=STEP):
        raise SetupOver()
    return create_staff(email=email, name=name, role=OWNER, password=password, language=language, actor="system")
