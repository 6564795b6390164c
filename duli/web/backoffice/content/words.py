"""Words of Wagtail that its Chinese catalogue has otherwise than the rest of the back office, or not at all.

They are named here so that our catalogue, which is asked before Wagtail's, has them.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

WORDS = (
    _("live"),
    _("Live"),
    _("live + draft"),
    _("live + scheduled"),
    _("expired"),
    _("scheduled"),
    _("Live version"),
    _("Save draft"),
    _("Toggle status"),
    _("Toggle preview"),
    _("Set schedule"),
    _("No publishing schedule set"),
    _("Slug"),
    _("Compare with live version"),
    _('This publishing schedule will only take effect after you select the "Schedule to publish" option'),
    _("Choose when this page should go live and/or expire"),
    _("To be created by %(user)s"),
    _("First published"),
    _("Go live date/time"),
    _("Expiry date/time"),
    _("Schedule to publish"),
    _("Review this version"),
    _("Compare with previous version"),
    _("Compare with current version"),
    _("Cancel scheduled publish"),
    _("Current draft"),
    _("%(user_name)s saved a new version"),
    _("%(user_name)s has unsaved changes"),
    _("You saved a new version in another window"),
    _("You have unsaved changes in another window"),
    _("Proceeding will overwrite the changes made by %(user_name)s."),
    _("Proceeding will overwrite the changes you made in that window."),
    _("Alternatively, you can view the latest version in a new tab."),
    _("View latest version"),
    _("A network error occurred"),
    _(
        "Troubleshoot your connection to the site before proceeding. Open the editor in a separate tab to view the "
        "last saved version."
    ),
    _("Saved"),
    _("Autosave is paused"),
    _("Autosave is <span>paused</span>"),
    _("Save your changes before leaving"),
    _("You have <span>unsaved edits</span>"),
    _("Saving will overwrite a newer version."),
    _("Currently idle"),
    _("Currently viewing"),
    ngettext_lazy("One other user is currently viewing", "%(num_user)s other users are currently viewing", 2),
    _("The page could not be saved as it is locked."),
    _("%(time_period)s ago"),
    _("%(time_period)s ago by %(user_display_name)s"),
    _("%(time)s by %(user_display_name)s"),
    _("Page '%(page_title)s' has been published."),
    _("View live"),
    _("{model_name} '{title}' is locked and has been scheduled to go live at {datetime}"),
    _("Locked by schedule"),
    _("Currently locked and will go live on the scheduled date"),
    _("Go-live:"),
    _("Expiry:"),
)
