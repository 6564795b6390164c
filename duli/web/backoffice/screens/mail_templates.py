from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from duli.web.backoffice.access import screen
from duli.web.backoffice.shell import render


@screen("mail.view")
def template_list(request: HttpRequest) -> HttpResponse:
    return render(request, "backoffice/mails/templates.html", {"here": "mails.templates"})


template_edit = template_list
