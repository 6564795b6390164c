"""What discounts gave, and when they run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.web.backoffice.access import screen
from duli.web.backoffice.discount_words import facets_in, sentence_of
from duli.web.backoffice.kit.facets import facet_names
from duli.web.backoffice.selectors.discounts import discount_calendar, discount_report, zone
from duli.web.backoffice.shell import render

HERE = {"here": "marketing.discounts"}
LONGEST = 366


class DaysForm(forms.Form):
    first = forms.DateField(label=_("From day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Up to day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and not timedelta(0) <= last - first < timedelta(days=LONGEST):
            self.add_error("last", _("Up to a year, and not before the first day."))
        if (first and first.year < 2000) or (last and last.year > 2200):
            self.add_error("first", _("Up to a year, and not before the first day."))
        return values


@screen("promotions.view", methods=("GET", "HEAD"))
def report(request: HttpRequest) -> HttpResponse:
    """What each discount gave and what was sold with it, held against the orders of the same days."""
    today = now().astimezone(zone()).date()
    usual = {"first": today - timedelta(days=29), "last": today}
    form = DaysForm(request.GET if "first" in request.GET else usual)
    reports = discount_report(form.cleaned_data["first"], form.cleaned_data["last"]) if form.is_valid() else []
    status = 200 if form.is_valid() else 422
    context = {**HERE, "form": form, "reports": reports}
    return render(request, "backoffice/discounts/report.html", context, status=status)


@screen("promotions.view", methods=("GET", "HEAD"))
def calendar(request: HttpRequest) -> HttpResponse:
    """Which discounts run on which days of a month."""
    month = _month(request.GET.get("month", ""))
    rows = discount_calendar(month)
    names = facet_names({facet for row in rows for facet in facets_in(row.promotion.rules)})
    told = [
        (
            row,
            sentence_of(
                row.promotion.rules,
                needs_code=row.promotion.needs_code,
                on_shelf=row.promotion.on_shelf,
                names=names,
            ),
        )
        for row in rows
    ]
    before = (month - timedelta(days=1)).replace(day=1)
    after = (month + timedelta(days=32)).replace(day=1)
    today = now().astimezone(zone()).date()
    context = {
        **HERE,
        "month": month,
        "rows": told,
        "days": range(1, (after - month).days + 1),
        "today": today.day if today.replace(day=1) == month else 0,
        "before": before.strftime("%Y-%m"),
        "after": after.strftime("%Y-%m"),
    }
    return render(request, "backoffice/discounts/calendar.html", context)


def _month(text: str) -> date:
    """Return the first day of the month that is asked for, else of this one."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        found = date.min
    return found if 2000 <= found.year <= 2200 else now().astimezone(zone()).date().replace(day=1)
