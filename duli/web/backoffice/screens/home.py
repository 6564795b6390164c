"""Home: a to-do list with numbers that click through, then how sales go."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language

from duli.base.clock import now
from duli.commerce.orders.selectors import MOST_COUNTED, home_numbers
from duli.platform.accounts.permissions import allowed
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.when import day_words
from duli.web.backoffice.selectors import home as reads
from duli.web.backoffice.selectors.setup import is_begun
from duli.web.backoffice.shell import render


@screen(methods=("GET", "HEAD"))
def home(request: HttpRequest) -> HttpResponse:
    context: dict[str, object] = {"here": "home", "today": day_words(now()), "language": get_language()}
    if allowed(request.user, "orders.view"):
        numbers = home_numbers(days=14)
        context["numbers"] = numbers
        context["most_counted"] = MOST_COUNTED
        context["chart"] = reads.sales_chart(numbers)
    if allowed(request.user, "inventory.view"):
        context["low"] = reads.low_stock()
    if allowed(request.user, "mail.view"):
        context["failed_mails"] = reads.failed_mails()
    context["todos"] = reads.todos(request.user)
    if allowed(request.user, "settings.edit"):
        if not is_begun():
            return HttpResponseRedirect(reverse("backoffice:setup"))
        context["steps"] = reads.setup_steps()
    return render(request, "backoffice/home.html", context)
