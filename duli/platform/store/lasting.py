"""The secret under which hashes are kept that nobody can make anew: the codes of gift cards, counters of contacts.

It is the first secret key that the shop had, written down by a migration. The key may be exchanged; this
one stays, sealed under it.
"""

from __future__ import annotations

import logging

from duli.platform.store.models import LastingSecret
from duli.platform.store.sealing import keys, unseal

logger = logging.getLogger(__name__)
PURPOSE = "store.lasting"
_known: dict[tuple[str, ...], str] = {}


def lasting_secret() -> str:
    """Return it; one query for each process. Where none was kept the oldest key that is accepted stands for it."""
    accepted = keys()
    if accepted not in _known:
        row = LastingSecret.objects.filter(pk=1).first()
        secret = unseal(row.sealed, purpose=PURPOSE) if row else accepted[-1]
        if not secret:
            logger.error("the lasting secret cannot be opened: the key under which it was sealed is missing")
            return accepted[0]
        _known[accepted] = secret
    return _known[accepted]
