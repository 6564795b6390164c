"""Who works here, and what each may do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.platform.accounts.models import User
from duli.platform.accounts.permissions import allowed, require
from duli.platform.accounts.roles import covers, role_of, roles
from duli.platform.accounts.selectors import invitations, user_by_id
from duli.platform.accounts.selectors import staff_list as staff_members
from duli.platform.accounts.services import (
    end_other_sessions,
    invite,
    resend_invitation,
    revoke_invitation,
    set_active,
    set_role,
)
from duli.platform.accounts.services.people import check_reach
from duli.platform.accounts.services.second_step import reset_second_step, second_step_of
from duli.platform.accounts.services.sessions import sessions_of
from duli.platform.accounts.types import Invited
from duli.platform.audit.selectors import entries
from duli.platform.audit.types import AuditFilter
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.audit_words import ACTIONS, AREAS
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.toasts import Undo
from duli.web.backoffice.shell import render


@screen("staff.view", methods=("GET", "HEAD"))
def staff_list(request: HttpRequest) -> HttpResponse:
    people = [
        (person, Pill(person.role_label, "", "bare") if person.is_active else Pill(_("No access"), "critical"))
        for person in staff_members()
    ]
    context = {
        "here": "settings",
        "people": people,
        "invitations": [
            (row, Pill(_("Expired"), "critical") if row.is_expired else Pill(_("Invited"), "info", "half"))
            for row in invitations()
        ],
        "may_edit": allowed(request.user, "staff.edit"),
    }
    return render(request, "backoffice/settings/staff.html", context)


def _roles_to_give(request: HttpRequest) -> list[tuple[str, Any]]:
    """Return the roles that the person may give away: nobody gives more than they hold."""
    mine = role_of(request.user)
    return [(role.code, role.label) for role in roles().values() if covers(mine, role)]


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=())

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = choices  # type: ignore[attr-defined]


class InvitationForm(RoleForm):
    name = Line(label=pgettext_lazy("person", "Name"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    language = forms.ChoiceField(label=_("Language of the mail"), choices=settings.LANGUAGES)


@screen("staff.view", write="staff.edit")
def staff_new(request: HttpRequest) -> HttpResponse:
    """Invite somebody: they set their own password."""
    require(request.user, "staff.edit")
    dialog = Dialog(
        title=_("Invite somebody"),
        consequence=_("They get a link by e-mail that works once, for three days, and choose their own password."),
        submit=_("Send the invitation"),
        back=reverse("backoffice:settings_staff"),
    )
    form = InvitationForm(
        request.POST if request.method == "POST" else None,
        choices=_roles_to_give(request),
        initial={"role": "order_desk", "language": get_language()},
    )
    form.order_fields(["email", "name", "role", "language"])

    def act(values: dict[str, Any]) -> Done:
        return _invited(invite(**values, actor=actor_of(request)), values["email"])

    return run_verb(request, dialog, form, act, {"here": "settings"})


def _invited(sent: Invited, email: str) -> Done:
    if sent.url:
        # Nothing can be mailed: the link is handed over by whoever invites.
        return Done(
            gettext("No mail can be sent yet. Give %(email)s this link: %(url)s") % {"email": email, "url": sent.url},
            copy=sent.url,
        )
    return Done(gettext("The invitation is on its way to %(email)s") % {"email": email})


@screen("staff.view", write="staff.edit")
def staff_invitation(request: HttpRequest, invitation_id: int, deed: str) -> HttpResponse:
    """Send an invitation again, or take it back."""
    require(request.user, "staff.edit")
    row = next((row for row in invitations() if row.id == invitation_id), None)
    if row is None:
        raise NotFound()
    again = deed == "resend"
    dialog = Dialog(
        title=(gettext("Send %(email)s a new link?") if again else gettext("Take back the invitation of %(email)s?"))
        % {"email": row.email},
        consequence=_("The link before it no longer works.")
        if again
        else _("The link in the mail opens nothing any more."),
        submit=_("Send again") if again else _("Take back"),
        back=reverse("backoffice:settings_staff"),
        danger=not again,
    )

    def act(values: dict[str, Any]) -> Done:
        if again:
            return _invited(resend_invitation(invitation_id=invitation_id, actor=actor_of(request)), row.email)
        revoke_invitation(invitation_id=invitation_id, actor=actor_of(request))
        return Done(gettext("The invitation was taken back"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "settings"})


def _member(user_id: int) -> User:
    """Return a member of the staff; shoppers are not reached through this page."""
    user = user_by_id(user_id)
    if not user.is_staff:
        raise NotFound()
    return user


@screen("staff.view", methods=("GET", "HEAD"))
def staff_person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One member of the staff: role, second step, devices, and what they changed lately."""
    person = _member(user_id)
    sees_log = allowed(request.user, "audit.view")
    mine = role_of(request.user)
    theirs = roles().get(person.role)
    context = {
        "here": "settings",
        "person": person,
        "role": theirs,
        "step": second_step_of(person),
        "sessions": sessions_of(person.pk),
        "log": [
            (entry, ACTIONS.get(entry.action, entry.action), AREAS.get(entry.area, entry.area))
            for entry in entries(AuditFilter(actor=f"user:{person.pk}"), limit=20)
        ]
        if sees_log
        else [],
        "sees_log": sees_log,
        "may_edit": allowed(request.user, "staff.edit") and (theirs is None or covers(mine, theirs)),
    }
    return render(request, "backoffice/settings/staff_person.html", context)


@screen("staff.view", write="staff.edit")
def staff_reset(request: HttpRequest, user_id: int, what: str) -> HttpResponse:
    """Sign somebody out everywhere, or let them set up their second step anew."""
    require(request.user, "staff.edit")
    person = _member(user_id)
    check_reach(person=person, actor=actor_of(request))
    step = what == "second-step"
    dialog = Dialog(
        title=(gettext("Remove the second step of %(name)s?") if step else gettext("Sign %(name)s out everywhere?"))
        % {"name": person},
        consequence=_(
            "For somebody who lost their phone. Their password alone opens the account until they set it up again."
        )
        if step
        else _("Every device has to sign in again. Nothing that was typed and not saved survives."),
        submit=_("Remove") if step else _("Sign out"),
        back=reverse("backoffice:settings_staff_person", args=[person.pk]),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        if step:
            reset_second_step(user_id=person.pk, actor=actor_of(request))
        else:
            end_other_sessions(user_id=person.pk, actor=actor_of(request))
        return Done(gettext("Done"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "settings"})


@screen("staff.view", write="staff.edit")
def staff_role(request: HttpRequest, user_id: int) -> HttpResponse:
    require(request.user, "staff.edit")
    person = _member(user_id)
    before = person.role
    dialog = Dialog(
        title=gettext("Role of %(name)s") % {"name": person},
        consequence=_("It counts from the next page the person opens."),
        submit=_("Save"),
        back=reverse("backoffice:settings_staff"),
    )
    given = request.POST if request.method == "POST" else None
    form = RoleForm(given, choices=_roles_to_give(request), initial={"role": before})

    def act(values: dict[str, Any]) -> Done:
        set_role(user_id=user_id, role=values["role"], actor=actor_of(request))
        undo = Undo(request.path, {"role": before}) if values["role"] != before else None
        return Done(gettext("%(name)s: %(role)s") % {"name": person, "role": roles()[values["role"]].label}, undo=undo)

    return run_verb(request, dialog, form, act, {"here": "settings"})


class AccessForm(forms.Form):
    active = forms.TypedChoiceField(
        coerce=lambda text: text == "1", choices=[("1", "1"), ("0", "0")], widget=forms.HiddenInput()
    )


@screen("staff.view", write="staff.edit")
def staff_access(request: HttpRequest, user_id: int) -> HttpResponse:
    """Take somebody's access, or give it back."""
    require(request.user, "staff.edit")
    person = _member(user_id)
    leaving = person.is_active
    dialog = Dialog(
        title=(gettext("Take the access of %(name)s?") if leaving else gettext("Let %(name)s in again?"))
        % {"name": person},
        consequence=_("Open sessions end at once. What the person did stays in every history.")
        if leaving
        else _("The person can sign in again with the old password."),
        submit=_("Take the access") if leaving else _("Let in again"),
        back=reverse("backoffice:settings_staff"),
        danger=leaving,
    )
    form = (
        AccessForm(request.POST)
        if request.method == "POST"
        else AccessForm(initial={"active": "0" if leaving else "1"})
    )

    def act(values: dict[str, Any]) -> Done:
        set_active(user_id=user_id, active=values["active"], actor=actor_of(request))
        words = gettext("%(name)s can sign in") if values["active"] else gettext("%(name)s can no longer sign in")
        undo = Undo(request.path, {"active": "0" if values["active"] else "1"})
        return Done(words % {"name": person}, undo=undo)

    return run_verb(request, dialog, form, act, {"here": "settings"})
