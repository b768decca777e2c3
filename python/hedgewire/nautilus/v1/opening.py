"""Opening a client's link, and what to do when that fails for good."""

from __future__ import annotations

from typing import Any, Final

from hedgewire.errors import HedgewireError
from hedgewire.nautilus.link import Link

REFUSED_TOPIC: Final = "hedgewire.refused"
"""The ``HedgewireError`` for which a client gave up."""


async def open_link(client: Any, link: Link, timeout_s: float) -> None:
    """Connect ``link`` for a data or execution client. A refused configuration, or no usable venue in ``timeout_s``,
    shuts the node down. Raises as :meth:`Link.connect` does."""
    link.retain(client.id.value)
    try:
        await link.connect(timeout_s)
    except HedgewireError as error:
        give_up(client, error)
        raise


def give_up(client: Any, error: HedgewireError) -> None:
    """Shut the node down, which would otherwise stay up for ever without trading."""
    client._msgbus.publish(REFUSED_TOPIC, error)
    client.shutdown_system(error.message)
