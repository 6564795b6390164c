"""Cells that only lists of stock have."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.web.backoffice.kit.cells import Cell, Pills
from duli.web.backoffice.kit.icons import icon
from duli.web.backoffice.kit.links import row_url
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.selectors.stock import StockRow


@dataclass(frozen=True, slots=True)
class CountInput:
    """On hand as a field: what is typed is saved at once, together with what else was typed in that moment.

    The list stands in a form already, so its fields belong to the form ``count-fields`` instead (`counts.js`).
    """

    row: StockRow
    error: str = ""
    typed: str = ""
    swapped: bool = False

    def html(self) -> SafeString:
        row = self.row
        place = f"{row.variant_id}-{row.location_id}"
        return format_html(
            '<span class="count-field" id="count-{}"{}>'
            '<input type="hidden" name="seen-{}" value="{}" form="count-fields">'
            '<input class="input num" name="counted-{}" value="{}" form="count-fields" inputmode="numeric"'
            ' autocomplete="off" maxlength="9" aria-label="{}"{}>{}</span>',
            place,
            SafeString(' hx-swap-oob="true"') if self.swapped else "",
            place,
            row.on_hand,
            place,
            self.typed or row.on_hand,
            gettext("On hand: %(title)s, %(place)s") % {"title": row.name, "place": row.location},
            format_html(' aria-invalid="true" title="{}"', self.error) if self.error else "",
            format_html('<span class="field-error" role="alert">{}</span>', self.error) if self.error else "",
        )

    def plain(self) -> str:
        return str(self.row.on_hand)


@dataclass(frozen=True, slots=True)
class Free:
    """The available number; it can be swapped when the count beside it changes."""

    row: StockRow
    swapped: bool = False

    def html(self) -> SafeString:
        row = self.row
        return format_html(
            '<span class="num {}" id="free-{}-{}"{}>{}</span>',
            "critical-ink" if row.available < 0 else "",
            row.variant_id,
            row.location_id,
            format_html(' hx-swap-oob="true"') if self.swapped else "",
            row.available,
        )

    def plain(self) -> str:
        return str(self.row.available)


@dataclass(frozen=True, slots=True)
class DaysLeft:
    row: StockRow

    def html(self) -> SafeString:
        days = self.row.days_left
        if days is None:
            return format_html('<span class="muted" title="{}">—</span>', gettext("Nothing was ordered lately."))
        ordered = self.row.ordered
        hint = gettext("%(month)s ordered in 30 days, %(quarter)s in 90") % {
            "month": ordered.last_30,
            "quarter": ordered.last_90,
        }
        tone = "critical-ink" if days < 7 else ""
        return format_html('<span class="num {}" title="{}">{}</span>', tone, hint, days)

    def plain(self) -> str:
        return "" if self.row.days_left is None else str(self.row.days_left)


@dataclass(frozen=True, slots=True)
class RowVerbs:
    """What can be done to a row."""

    row: StockRow
    may_adjust: bool

    def html(self) -> SafeString:
        history = self._opens("stock_history", gettext("History"), "history")
        if not self.may_adjust or not self.row.tracks_stock:
            return history
        return format_html(
            '<span class="row verbs">{}{}{}</span>',
            self._opens("stock_adjust", gettext("Adjust"), "plus"),
            self._opens("stock_threshold", gettext("Threshold and backorders"), "sliders-horizontal"),
            history,
        )

    def plain(self) -> str:
        return ""

    def _opens(self, name: str, words: str, sign: str) -> SafeString:
        return format_html(
            '<a class="button plain square" href="{}" data-opens title="{}" aria-label="{}">{}</a>',
            row_url(name, self.row.variant_id, self.row.location_id),
            words,
            words,
            icon(sign),
        )


def state_pills(row: StockRow) -> Cell:
    """Say how a level stands, in words."""
    if not row.tracks_stock:
        return Pills([Pill(_("Not counted"))])
    if not row.kept:
        return Pills([Pill(_("None kept here"))])
    pills = []
    if row.available < 0:
        pills.append(Pill(_("Oversold") if row.available < -row.backorder_limit else _("Sold ahead"), "critical"))
    elif row.available == 0:
        pills.append(Pill(_("Sold out"), "critical"))
    elif row.available <= row.threshold:
        pills.append(Pill(_("Low"), "attention", "half"))
    else:
        pills.append(Pill(_("Enough"), "ok", "full"))
    if row.backorder_limit:
        pills.append(Pill(_("Backorders"), "info", "bare"))
    return Pills(pills)
