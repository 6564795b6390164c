"""The two views that save pages: who saves second is told first, and nobody's words are written over unseen."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.ui.side_panels import ChecksSidePanel
from wagtail.admin.views.pages.create import CreateView
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.views.pages.history import PageHistoryView
from wagtail.admin.views.pages.revisions import RevisionsRevertView

from duli.growth.content.services import saving_alone
from duli.platform.accounts.models import User
from duli.web.backoffice.kit import when


class _Panels:
    """The panels beside a page, without the one that measures English prose."""

    def get_side_panels(self) -> Any:
        found: Any = super().get_side_panels()  # type: ignore[misc]
        return MediaContainer([panel for panel in found if not isinstance(panel, ChecksSidePanel)])


class CreatePage(_Panels, CreateView):
    pass


class _OneAfterTheOther:
    """Wagtail warns of a newer version while the page is open; here one cannot save past it without having seen it.

    What was written comes back unsaved. Saving again puts it in the place of the other version, which stays in the
    history. A save waits for one that is under way, so that it is compared with what that one wrote.
    """

    def dispatch(self, request: HttpRequest, page_id: int, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return super().dispatch(request, page_id, **kwargs)  # type: ignore[misc, no-any-return]
        with saving_alone(page_id=page_id):
            return super().dispatch(request, page_id, **kwargs)  # type: ignore[misc, no-any-return]

    def post(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.expects_json_response or self.page.alias_of_id or not self.is_out_of_date:
            return super().post(request, *args, **kwargs)  # type: ignore[misc]
        self.form = self.form_class(
            request.POST,
            request.FILES,
            instance=self.page,
            subscription=self.subscription,
            parent_page=self.parent,
            for_user=request.user,
        )
        self.form.add_error(None, self._newer())
        return self.form_invalid(self.form)

    def _newer(self: Any) -> str:
        revision = self.latest_revision
        someone = User.objects.filter(pk=revision.user_id).first() if revision.user_id else None
        return gettext(
            "%(name)s saved this page (%(when)s) after you had opened it. Yours is still here and not saved. Saving it "
            "again puts it in the place of theirs, which stays in the history."
        ) % {
            "name": (someone.name or someone.email) if someone else gettext("Somebody"),
            "when": when.when_words(revision.created_at),
        }


class EditPage(_Panels, _OneAfterTheOther, EditView):
    pass


class RestorePage(_Panels, _OneAfterTheOther, RevisionsRevertView):
    """An earlier version in the editor; saving it makes it the newest."""


class PageHistory(PageHistoryView):
    """The versions of a page: a short list, which needs no filters."""

    filterset_class = None


OURS: Final = {
    CreateView: CreatePage,
    EditView: EditPage,
    RevisionsRevertView: RestorePage,
    PageHistoryView: PageHistory,
}
"""What stands in for Wagtail's views."""
