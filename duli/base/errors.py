"""Errors that a person can be told about.

A business error carries a stable `code`, an English `message` template (translated by the face that
shows it, see `sentence`) and its parameters. Faces answer with `status` (always 4xx).
"""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext

from duli.base.fields import FIELD_NAMES


class DuliError(Exception):
    """Base of every error whose text a shopper or member of staff may read."""

    code: ClassVar[str] = "error"
    message: ClassVar[str] = ""
    status: ClassVar[int] = 400

    def __init__(self, **params: object) -> None:
        super().__init__(self.code, params)
        self.params = params

    def __str__(self) -> str:
        return self.message % self.params if self.message else self.code


class InvalidInput(DuliError):
    """A value that does not have the form it must have; `field` names it."""

    code = "invalid_input"
    message = "%(field)s is not valid."
    status = 422


class NotFound(DuliError):
    code = "not_found"
    message = "This does not exist or is no longer here."
    status = 404


class PermissionDenied(DuliError):
    code = "permission_denied"
    message = "Your role does not allow this."
    status = 403


class Conflict(DuliError):
    """Somebody else changed the thing in between; nothing was saved."""

    code = "conflict"
    message = "Somebody else changed this in the meantime. Please look at it again."
    status = 409


def sentence(error: DuliError) -> str:
    """Return the error as one sentence in the active language."""
    params = error.params
    if error.message == InvalidInput.message:
        field = str(params.get("field", ""))
        params = {**params, "field": gettext(FIELD_NAMES[field]) if field in FIELD_NAMES else field}
    return gettext(error.message) % params
