"""Who works here, and what each may do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.platform.accounts.models import User
from duli.platform.accounts.permissions import allowed, require
from duli.platform.accounts.roles import covers, role_of, roles
from duli.platform.accounts.selectors import staff_list as staff_members
from duli.platform.accounts.selectors import user_by_id
from duli.platform.accounts.services import create_staff, set_active, set_role
from duli.web.backoffice.access import actor_of, screen
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


class StaffForm(RoleForm):
    name = Line(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    password = forms.CharField(
        label=_("First password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Tell it to the person in private; it can be changed at any time."),
    )


@screen("staff.view", write="staff.edit")
def staff_new(request: HttpRequest) -> HttpResponse:
    require(request.user, "staff.edit")
    dialog = Dialog(
        title=_("Add a member of staff"),
        consequence=_("The person can sign in at once and sees what the role allows."),
        submit=_("Add"),
        back=reverse("backoffice:settings_staff"),
    )
    form = StaffForm(
        request.POST if request.method == "POST" else None,
        choices=_roles_to_give(request),
        initial={"role": "order_desk"},
    )
    form.order_fields(["name", "email", "role", "password"])

    def act(values: dict[str, Any]) -> Done:
        user = create_staff(**values, language=get_language() or "", actor=actor_of(request))
        return Done(gettext("%(name)s can sign in now") % {"name": user})

    return run_verb(request, dialog, form, act, {"here": "settings"})


def _member(user_id: int) -> User:
    """Return a member of the staff; shoppers are not reached through this page."""
    user = user_by_id(user_id)
    if not user.is_staff:
        raise NotFound()
    return user


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
