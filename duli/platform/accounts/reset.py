"""A forgotten password: a code by e-mail or SMS, then a new password. allauth's own knows e-mail only."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.password_reset import finalize_password_reset
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from duli.platform.accounts.adapter import AccountAdapter
from duli.platform.accounts.models import User

SESSION_KEY = "account_password_reset"
MAXIMUM_TRIES = 3


class PasswordReset(AbstractCodeVerificationProcess):
    """Lives in the session; for an address nobody has it looks the same and no code is right."""

    def __init__(self, request: HttpRequest, state: dict[str, Any], user: User | None = None) -> None:
        self.request = request
        super().__init__(
            state=state,
            user=user,
            timeout=settings.ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT,
            max_attempts=MAXIMUM_TRIES,
        )

    @classmethod
    def begin(cls, request: HttpRequest, *, user: User | None, email: str, phone: str) -> PasswordReset:
        """Send the code, if there is somebody to send it to."""
        process = cls(request, cls.initial_state(user, email, phone), user)
        process.send()
        process.persist()
        return process

    @classmethod
    def resume(cls, request: HttpRequest) -> PasswordReset | None:
        """Return the one that is under way in this session, or None."""
        state = request.session.get(SESSION_KEY)
        process: PasswordReset | None = cls(request, state).abort_if_invalid() if state else None
        return process

    @property
    def recipient(self) -> str:
        return str(self.state.get("email") or self.state.get("phone"))

    @property
    def is_confirmed(self) -> bool:
        return bool(self.state.get("confirmed"))

    def send(self) -> None:
        adapter = get_adapter(self.request)
        assert isinstance(adapter, AccountAdapter)
        if isinstance(self.user, User):
            self.state["code"] = adapter.generate_password_reset_code()
            adapter.send_reset_code(
                self.user, email=self.state.get("email", ""), phone=self.state.get("phone", ""), code=self.code
            )

    def confirm(self) -> None:
        """The code was right: from now on the password may be set."""
        self.state["confirmed"] = True
        self.state["code"] = ""
        self.persist()

    def finish(self) -> HttpResponse | None:
        """The password was set: end this, and log the person in."""
        self.abort()
        adapter = get_adapter(self.request)
        if phone := self.state.get("phone"):
            assert isinstance(adapter, AccountAdapter)
            adapter.forget_failures(self.request, phone=phone)
        response: HttpResponse | None = finalize_password_reset(self.request, self.user, email=self.state.get("email"))
        return response

    def persist(self) -> None:
        self.request.session[SESSION_KEY] = self.state

    def abort(self) -> None:
        self.request.session.pop(SESSION_KEY, None)
