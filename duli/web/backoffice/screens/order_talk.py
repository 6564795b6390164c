"""What is said about an order: comments among staff with files, and messages to the shopper."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.orders.selectors import order_detail
from duli.commerce.orders.services import answer, comment
from duli.commerce.orders.services.talk import MAXIMUM_COMMENT, MAXIMUM_FILES, MAXIMUM_MESSAGE
from duli.commerce.orders.types import Attachment
from duli.platform.accounts.permissions import require
from duli.platform.media.private import MAXIMUM_MEGABYTES, open_private, private_file
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Files, Prose
from duli.web.backoffice.screens.order import back_to


class CommentForm(forms.Form):
    comment = Prose(label=_("Comment"), max_length=MAXIMUM_COMMENT, rows=2)
    attachments = Files(
        label=_("Files"),
        required=False,
        most=MAXIMUM_FILES,
        megabytes=MAXIMUM_MEGABYTES,
        help_text=_("Pictures, PDFs and plain texts; only staff reach them."),
    )


@screen("orders.view", write="orders.comment")
def order_comment(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.comment")
    dialog = Dialog(
        title=_("Write a comment"),
        consequence=_("Only staff see it. Whoever you name after an @ is told by the bell."),
        submit=_("Add comment"),
        back=back_to(order_id),
        upload=True,
    )
    is_post = request.method == "POST"
    form = CommentForm(request.POST if is_post else None, request.FILES if is_post else None)

    def act(values: dict[str, Any]) -> Done:
        files = [Attachment(file.name or "", file.read()) for file in values["attachments"]]
        comment(order_id=order_id, text=values["comment"], files=files, actor=actor_of(request))
        return Done(gettext("Comment added"))

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


class AnswerForm(forms.Form):
    message = Prose(label=_("Message"), max_length=MAXIMUM_MESSAGE, rows=5)


@screen("orders.view", write="orders.manage")
def order_message(request: HttpRequest, order_id: int) -> HttpResponse:
    """Write to the shopper."""
    require(request.user, "orders.manage")
    order = order_detail(order_id)
    dialog = Dialog(
        title=_("Write to the shopper"),
        consequence=gettext("A mail goes to %(email)s, and the order's page shows it. The shopper answers there.")
        % {"email": order.email or "—"},
        submit=_("Send"),
        back=back_to(order_id),
    )

    def act(values: dict[str, Any]) -> Done:
        answer(order_id=order_id, text=values["message"], actor=actor_of(request))
        return Done(gettext("The message is on its way"))

    form = AnswerForm(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "orders.all"})


@screen("orders.view", methods=("GET", "HEAD"))
def order_file(request: HttpRequest, order_id: int, file_id: int) -> HttpResponseBase:
    """A file of a comment, for staff only: pictures are shown, everything else is downloaded."""
    return streamed(private_file(file_id=file_id, reference=f"order:{order_id}"))


def streamed(row: Any) -> HttpResponseBase:
    """Answer with a private file, never as anything that could run in a browser."""
    opened = open_private(row)
    response = FileResponse(opened.stream, as_attachment=not row.is_image, filename=row.name, content_type=row.mime)
    response.headers["Content-Length"] = str(opened.size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
