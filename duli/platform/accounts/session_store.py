"""Django's sessions in the database, read by a statement that is written once: every page of somebody known asks."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from duli.base.clock import now
from duli.platform.store.prepared import Prepared

_session = Prepared(lambda key, moment: Session.objects.filter(session_key=key, expire_date__gt=moment))


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Any:
        found = _session.first(self.session_key, now()) if self.session_key else None
        if found is None:
            self._session_key = None
        return found
