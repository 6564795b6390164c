"""Sold files: on a variant's page, on an order's page, and their limits in the settings."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, BinaryIO, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.catalogue.services import set_delivery
from duli.commerce.downloads import services
from duli.commerce.downloads.models import DownloadFile, DownloadGrant
from duli.commerce.downloads.selectors import rules
from duli.commerce.downloads.storage import MAXIMUM_MEGABYTES
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, go_to, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.selectors.variant import variant_of
from duli.web.backoffice.shell import render

LONGEST_NAME = 200


class FileForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("Up to %(megabytes)s MB.") % {"megabytes": MAXIMUM_MEGABYTES})
    name = Line(
        label=_("Name"),
        max_length=LONGEST_NAME,
        required=False,
        help_text=_("Empty: as the file is called."),
    )


@screen("catalogue.view", write="catalogue.edit")
def file_add(request: HttpRequest, product_id: int, variant_id: int) -> HttpResponse:
    """Add a file to what buyers of a variant get."""
    require(request.user, "catalogue.edit")
    variant = variant_of(product_id, variant_id)
    dialog = Dialog(
        title=_("Add a file"),
        consequence=_("Whoever buys this variant from now on can download it after payment."),
        submit=_("Add"),
        back=_page(variant.product_id, variant.pk),
        upload=True,
    )
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()

    def act(values: dict[str, Any]) -> Done:
        upload = values["file"]
        services.add_file(
            variant_id=variant.pk,
            file=cast(BinaryIO, upload.file),
            name=_with_ending(values["name"] or upload.name or "", upload.name or ""),
            actor=actor_of(request),
        )
        return Done(gettext("The file is added"))

    return run_verb(request, dialog, form, act)


def _with_ending(name: str, before: str) -> str:
    """Return the name with the ending that the file has: without it, a buyer's machine opens it with nothing."""
    ending = PurePath(before).suffix
    if not ending or name.lower().endswith(ending.lower()):
        return name
    return f"{name[: LONGEST_NAME - len(ending)]}{ending}"


def _page(product_id: int, variant_id: int) -> str:
    return reverse("backoffice:variant", args=[product_id, variant_id])


class LimitsForm(forms.Form):
    name = Line(label=_("Name"), max_length=LONGEST_NAME)
    days = forms.IntegerField(
        label=_("Days"),
        min_value=0,
        max_value=3650,
        required=False,
        help_text=_("Empty: as usual; 0: without end."),
    )
    most = forms.IntegerField(
        label=_("Downloads"),
        min_value=0,
        max_value=10_000,
        required=False,
        help_text=_("For each unit bought. Empty: as usual; 0: without limit."),
    )


def _file(product_id: int, variant_id: int, file_id: int) -> DownloadFile:
    variant = variant_of(product_id, variant_id)
    found = DownloadFile.objects.filter(pk=file_id, variant=variant, is_active=True).first()
    if found is None:
        raise NotFound()
    return found


@screen("catalogue.view", write="catalogue.edit")
def file_edit(request: HttpRequest, product_id: int, variant_id: int, file_id: int) -> HttpResponse:
    """Rename a file and set how long and how often it may be downloaded."""
    require(request.user, "catalogue.edit")
    file = _file(product_id, variant_id, file_id)
    dialog = Dialog(
        title=file.name,
        consequence=_("Counts for new orders. Links that are out keep what they were promised."),
        submit=_("Save"),
        back=_page(product_id, variant_id),
    )
    initial = {"name": file.name, "days": file.days, "most": file.most}
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        values["name"] = _with_ending(values["name"], file.name)
        services.change_file(file_id=file.pk, actor=actor_of(request), **values)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act)


class Nothing(forms.Form):
    """A verb that asks nothing but whether it is meant."""


def _nothing(request: HttpRequest) -> forms.Form:
    return Nothing(request.POST if request.method == "POST" else None)


@screen("catalogue.view", write="catalogue.edit")
def file_remove(request: HttpRequest, product_id: int, variant_id: int, file_id: int) -> HttpResponse:
    """Give a file to no new buyer."""
    require(request.user, "catalogue.edit")
    file = _file(product_id, variant_id, file_id)
    dialog = Dialog(
        title=gettext("Remove “%(name)s”?") % {"name": file.name},
        consequence=_("New buyers do not get it. Those who bought it can still download it."),
        submit=_("Remove"),
        back=_page(product_id, variant_id),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        services.remove_file(file_id=file.pk, actor=actor_of(request))
        return Done(gettext("The file is removed"))

    return run_verb(request, dialog, _nothing(request), act)


@screen("catalogue.view", write="catalogue.edit", methods=("POST",))
def variant_delivery(request: HttpRequest, product_id: int, variant_id: int) -> HttpResponse:
    """Say whether a variant is only files, so that nothing is shipped."""
    require(request.user, "catalogue.edit")
    variant = variant_of(product_id, variant_id)
    ships = request.POST.get("only_files") != "1"
    set_delivery(variant_id=variant.pk, requires_shipping=ships, actor=actor_of(request))
    toast(request, gettext("It is shipped") if ships else gettext("Nothing is shipped: buyers get the files"))
    return go_to(request, _page(product_id, variant_id))


def _grant(order_id: int, grant_id: int) -> DownloadGrant:
    found = DownloadGrant.objects.select_related("file").filter(pk=grant_id, order_id=order_id).first()
    if found is None:
        raise NotFound()
    return found


@screen("orders.view", write="orders.manage")
def download_renew(request: HttpRequest, order_id: int, grant_id: int) -> HttpResponse:
    """Give the buyer a fresh link."""
    require(request.user, "orders.manage")
    grant = _grant(order_id, grant_id)
    dialog = Dialog(
        title=gettext("Renew the link to “%(name)s”?") % {"name": grant.file.name},
        consequence=_("The shopper gets a mail. Time and number of downloads begin anew, and the link before it ends."),
        submit=_("Renew"),
        back=reverse("backoffice:order", args=[order_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        services.renew(grant_id=grant.pk, actor=actor_of(request))
        return Done(gettext("The link is renewed"))

    return run_verb(request, dialog, _nothing(request), act)


@screen("orders.view", write="orders.manage")
def download_revoke(request: HttpRequest, order_id: int, grant_id: int) -> HttpResponse:
    """Take a file back."""
    require(request.user, "orders.manage")
    grant = _grant(order_id, grant_id)
    dialog = Dialog(
        title=gettext("Take “%(name)s” back?") % {"name": grant.file.name},
        consequence=_("The link opens nothing any more, at once. You can renew it later."),
        submit=pgettext_lazy("file", "Take back"),
        back=reverse("backoffice:order", args=[order_id]),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        services.revoke(grant_id=grant.pk, actor=actor_of(request))
        return Done(gettext("The link opens nothing any more"))

    return run_verb(request, dialog, _nothing(request), act)


class RulesForm(forms.Form):
    days = forms.IntegerField(
        label=_("Days after payment"), min_value=0, max_value=3650, help_text=_("0: without end.")
    )
    most = forms.IntegerField(
        label=_("Downloads for each unit"), min_value=0, max_value=10_000, help_text=_("0: without limit.")
    )


@screen("settings.view", write="settings.edit")
def settings_downloads(request: HttpRequest) -> HttpResponse:
    """How long and how often sold files may be downloaded."""

    def stored() -> dict[str, int]:
        own = rules()
        return {"days": own.days, "most": own.most}

    form = RulesForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored)

    def act() -> HttpResponse:
        services.save_rules(**form.cleaned_data, seen=guard.check)
        toast(request, gettext("Saved"))
        return go_to(request, request.path)

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {
        "here": "settings",
        "form": form,
        "seen": guard.mark,
        "may_edit": allowed(request.user, "settings.edit"),
        "dirty": status != 200,
    }
    return render(request, "backoffice/settings/downloads.html", context, status=status)
