"""Twilio: text messages in any words to most countries."""

from __future__ import annotations


def register() -> None:
    """Add the channel to the registry."""
    from duli.platform.sms.channel import channels
    from duli.plugins.sms_twilio.channel import twilio

    channels.register(twilio.code, twilio)
