"""Who works here, and what each may do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from duli.platform.accounts.models import User
from duli.web.backoffice.access import screen
from duli.web.backoffice.shell import render


@screen("staff.view", methods=("GET", "HEAD"))
def staff_list(request: HttpRequest) -> HttpResponse:
    people = list(User.objects.filter(is_staff=True).order_by("pk"))
    return render(request, "backoffice/settings/staff.html", {"here": "settings", "people": people})


staff_new = staff_edit = staff_list
