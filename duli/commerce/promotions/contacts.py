"""Under what name a contact is counted: a keyed hash, so that the counters name nobody."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from duli.platform.store.lasting import lasting_secret


def contact_keys(emails: Iterable[str], phones: Iterable[str]) -> list[str]:
    """Return the counters of these contacts; empty ones have none."""
    secret = hashlib.sha256(f"promotions:{lasting_secret()}".encode()).digest()
    names = [f"email:{email.strip().lower()}" for email in emails if email.strip()]
    names += [f"phone:{''.join(sign for sign in phone if sign.isdigit())}" for phone in phones if phone.strip()]
    return [f"contact:{hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()[:32]}" for name in names]
