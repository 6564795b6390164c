"""Roles: a matrix of what each may do, their limits, and how to make another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.money import Money
from duli.platform.accounts.permissions import AREAS, OWNER, PERMISSIONS, allowed, require
from duli.platform.accounts.roles import RoleDraft, RoleView, covers, role_called, role_of, roles
from duli.platform.accounts.selectors import people_by_role
from duli.platform.accounts.services import delete_role, reset_role, save_role
from duli.platform.store.selectors import markets
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, go_to, run_verb
from duli.web.backoffice.kit.forms import Amount, Line, amount_text
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import Words, render


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One row of the matrix: an area and, for each permission of it, its code, its words and who holds it."""

    words: Words
    permissions: tuple[tuple[str, Words, tuple[bool, ...]], ...]


def matrix(shown: list[frozenset[str]]) -> list[AreaRow]:
    """Return every permission by area, with a tick for each of the given sets."""
    rows: dict[str, list[tuple[str, Words, tuple[bool, ...]]]] = {}
    for code, words in PERMISSIONS.items():
        ticks = tuple(code in held for held in shown)
        rows.setdefault(code.partition(".")[0], []).append((code, words, ticks))
    return [AreaRow(AREAS.get(area, area), tuple(entries)) for area, entries in rows.items()]


def limit_words(role: RoleView, language: str) -> list[Words]:
    """Return what bounds a role, in words; empty for none."""
    words: list[Words] = []
    if role.refund_limits is not None:
        amounts = " · ".join(Money(minor, code).format(language) for code, minor in role.refund_limits.items())
        words.append(gettext("Refunds up to %(amount)s") % {"amount": amounts or "0"})
    if role.discount_limit is not None:
        words.append(gettext("Discounts up to %(percent)s%%") % {"percent": role.discount_limit})
    if not role.sees_cost:
        words.append(_("Does not see costs"))
    if not role.sees_personal:
        words.append(_("Sees e-mail addresses and numbers masked"))
    if role.requires_mfa:
        words.append(_("Needs a second step to sign in"))
    return words


@screen("staff.view", methods=("GET", "HEAD"))
def role_list(request: HttpRequest) -> HttpResponse:
    known = list(roles().values())
    holders = people_by_role()
    language = get_language() or "en"
    mine = role_of(request.user)
    context = {
        "here": "settings",
        "roles": [
            (role, holders.get(role.code, 0), limit_words(role, language), role.code != OWNER and covers(mine, role))
            for role in known
        ],
        "names": [role.label for role in known],
        "matrix": matrix([role.permissions for role in known]),
        "may_edit": allowed(request.user, "staff.edit"),
    }
    return render(request, "backoffice/settings/roles.html", context)


def currencies() -> list[str]:
    """Return the currencies that the shop sells in, the main one first."""
    return list(dict.fromkeys(market.currency for market in markets()))


class RoleForm(forms.Form):
    """One role; the amounts it may give back alone have a field for each currency."""

    name = Line(label=_("Name"), max_length=60)
    description = Line(label=_("What this role is for"), max_length=200, required=False)
    permissions = forms.MultipleChoiceField(
        choices=list(PERMISSIONS.items()), required=False, widget=forms.CheckboxSelectMultiple()
    )
    limit_refunds = forms.BooleanField(
        label=_("A larger refund, or transfer matched by hand, waits for a second person"),
        required=False,
        help_text=_("An empty amount means that every refund in that currency waits."),
    )
    limit_discounts = forms.BooleanField(label=_("A larger discount waits for a second person"), required=False)
    discount_limit = forms.IntegerField(
        label=_("Largest discount alone, in percent"), min_value=0, max_value=100, required=False
    )
    sees_cost = forms.BooleanField(label=_("May see what goods cost and what is earned"), required=False)
    sees_personal = forms.BooleanField(
        label=_("May see shoppers' e-mail addresses, phone numbers and addresses"),
        required=False,
        help_text=_("Without it they are masked in lists, on pages, in exports and in the search."),
    )
    requires_mfa = forms.BooleanField(
        label=_("Needs a second step to sign in"),
        required=False,
        help_text=_("A code of an app, or a passkey. Until it is set up, only the page to set it up opens."),
    )

    def __init__(self, *args: Any, role: RoleView | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if role is not None and role.is_builtin:
            del self.fields["name"]
        self.codes = currencies()
        for code in self.codes:
            self.fields[f"refund_{code}"] = Amount(
                currency=code, label=gettext("Largest refund alone, %(code)s") % {"code": code}, required=False
            )

    @property
    def refund_fields(self) -> list[forms.BoundField]:
        return [self[f"refund_{code}"] for code in self.codes]

    @property
    def draft(self) -> RoleDraft:
        given = self.cleaned_data
        limits = {code: given[f"refund_{code}"] or 0 for code in self.codes} if given["limit_refunds"] else None
        return RoleDraft(
            name=given.get("name", ""),
            description=given["description"],
            permissions=frozenset(given["permissions"]),
            refund_limits=limits,
            discount_limit=(given["discount_limit"] or 0) if given["limit_discounts"] else None,
            sees_cost=given["sees_cost"],
            sees_personal=given["sees_personal"],
            requires_mfa=given["requires_mfa"],
        )


def _initial(role: RoleView, *, copy: bool = False) -> dict[str, Any]:
    amounts = {f"refund_{code}": amount_text(minor, code) for code, minor in (role.refund_limits or {}).items()}
    return {
        "name": gettext("%(role)s (copy)") % {"role": role.label} if copy else str(role.label),
        "description": str(role.help),
        "permissions": sorted(role.permissions),
        "limit_refunds": role.refund_limits is not None,
        "limit_discounts": role.discount_limit is not None,
        "discount_limit": role.discount_limit,
        "sees_cost": role.sees_cost,
        "sees_personal": role.sees_personal,
        "requires_mfa": role.requires_mfa,
        **amounts,
    }


def _edit(request: HttpRequest, role: RoleView | None, initial: dict[str, Any]) -> HttpResponse:
    form = RoleForm(request.POST if request.method == "POST" else None, initial=initial, role=role)
    guard = Guard(request, form, lambda: _initial(role_called(role.code))) if role else None

    def act() -> HttpResponse:
        saved = save_role(
            code=role.code if role else "",
            draft=form.draft,
            actor=actor_of(request),
            seen=guard.check if guard else None,
        )
        toast(request, gettext("Saved. It counts from everybody's next page."))
        return go_to(request, reverse("backoffice:settings_role", args=[saved.code]))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    ticked = form["permissions"].value() or []
    mine = role_of(request.user)
    editable = allowed(request.user, "staff.edit") and (role is None or (role.code != OWNER and covers(mine, role)))
    context = {
        "here": "settings",
        "form": form,
        "seen": guard.mark if guard else "",
        "role": role,
        "matrix": matrix([frozenset(ticked), mine.permissions]),
        "may_edit": editable,
        "dirty": status != 200,
    }
    return render(request, "backoffice/settings/role.html", context, status=status)


@screen("staff.view", write="staff.edit")
def role_new(request: HttpRequest) -> HttpResponse:
    """A role from nothing, or from a copy of another one."""
    require(request.user, "staff.edit")
    origin = roles().get(request.GET.get("from", ""))
    initial = _initial(origin, copy=True) if origin else {"sees_personal": True}
    return _edit(request, None, initial)


@screen("staff.view", write="staff.edit")
def role_page(request: HttpRequest, code: str) -> HttpResponse:
    role = role_called(code)
    return _edit(request, role, _initial(role))


class MoveForm(forms.Form):
    move_to = forms.ChoiceField(label=_("Role for the people who have it now"), choices=())

    def __init__(self, *args: Any, code: str, people: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if people:
            choices = [(role.code, role.label) for role in roles().values() if role.code not in {code, OWNER}]
            self.fields["move_to"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["move_to"]


@screen("staff.view", write="staff.edit")
def role_delete(request: HttpRequest, code: str) -> HttpResponse:
    require(request.user, "staff.edit")
    role = role_called(code)
    people = people_by_role().get(code, 0)
    counted = ngettext("%(count)s person has it.", "%(count)s people have it.", people) % {"count": people}
    dialog = Dialog(
        title=gettext("Remove the role “%(role)s”?") % {"role": role.label},
        consequence=counted if people else _("Nobody has it."),
        submit=_("Remove"),
        back=reverse("backoffice:settings_roles"),
        danger=True,
    )
    form = MoveForm(request.POST if request.method == "POST" else None, code=code, people=people)

    def act(values: dict[str, Any]) -> Done:
        delete_role(code=code, move_to=values.get("move_to", ""), actor=actor_of(request))
        return Done(gettext("The role “%(role)s” is gone") % {"role": role.label})

    return run_verb(request, dialog, form, act, {"here": "settings"})


@screen("staff.view", write="staff.edit")
def role_reset(request: HttpRequest, code: str) -> HttpResponse:
    require(request.user, "staff.edit")
    role = role_called(code)
    dialog = Dialog(
        title=gettext("Give “%(role)s” back what it came with?") % {"role": role.label},
        consequence=_("Your own ticks and limits of this role are removed."),
        submit=_("Use the original"),
        back=reverse("backoffice:settings_role", args=[code]),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        reset_role(code=code, actor=actor_of(request))
        return Done(gettext("“%(role)s” is as it came") % {"role": role.label})

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "settings"})
