from __future__ import annotations

from duli.growth.webhooks import services
from duli.growth.webhooks.payloads import BUILDERS
from duli.growth.webhooks.selectors import is_anybody_told
from duli.platform.events.registry import EventContext, subscribes


@subscribes(*BUILDERS, name="webhooks.tell", only_if=is_anybody_told)
def tell(event: object, context: EventContext) -> None:
    services.tell(event=event, context=context)
