"""Who wants which channel: consumers share one, a repeated wish counts once, an unknown one can be dropped."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator


class Wants[Channel: Hashable]:
    """The consumers of every wanted channel, in the order in which they came."""

    def __init__(self) -> None:
        self._consumers: dict[Channel, dict[Hashable, None]] = {}

    def add(self, channel: Channel, consumer: Hashable) -> bool:
        """True if this consumer is new to the channel."""
        consumers = self._consumers.setdefault(channel, {})
        is_new = consumer not in consumers
        consumers[consumer] = None
        return is_new

    def drop(self, channel: Channel, consumer: Hashable) -> bool:
        """True if this was the channel's last consumer."""
        consumers = self._consumers.get(channel, {})
        if consumer not in consumers:
            return False
        del consumers[consumer]
        if consumers:
            return False
        del self._consumers[channel]
        return True

    def of(self, channel: Channel) -> Collection[Hashable]:
        """As it is now and as it changes: copy it before anything that may add or drop."""
        return self._consumers.get(channel, {})

    def forget(self, channel: Channel) -> None:
        self._consumers.pop(channel, None)

    def __contains__(self, channel: Channel) -> bool:
        return channel in self._consumers

    def __iter__(self) -> Iterator[Channel]:
        return iter(tuple(self._consumers))
