"""Alibaba Cloud: text messages in China and abroad, from approved templates."""

from __future__ import annotations


def register() -> None:
    """Add the channel to the registry."""
    from duli.platform.sms.channel import channels
    from duli.plugins.sms_aliyun.channel import aliyun

    channels.register(aliyun.code, aliyun)
