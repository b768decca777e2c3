"""A quick way to make NautilusTrader's book deltas, open only where it is known to give what the constructors give.

``OrderBookDelta.from_raw`` takes most of a book frame's time. ``OrderBookDelta.list_from_capsule`` makes the same
objects out of C structures, which the core checks and fills. Those structures are an inner affair of NautilusTrader:
the lane opens for the releases in ``RELEASES``, if at import both ways make equal deltas. ``HEDGEWIRE_FAST_LANE=off``
closes it.
"""

from __future__ import annotations

import os

import nautilus_trader
from nautilus_trader.model.data import OrderBookDelta
from nautilus_trader.model.identifiers import InstrumentId

from hedgewire._core import DeltaLane, Levels
from hedgewire.nautilus.v1 import convert
from hedgewire.nautilus.v1.deltas import constructed

RELEASES = frozenset({"1.231.0"})
SWITCH = "HEDGEWIRE_FAST_LANE"


def lane_of(instrument_id: InstrumentId, precisions: tuple[int, int]) -> DeltaLane | None:
    """The lane of an instrument's deltas (``precisions``: price, size); None while it is closed."""
    return None if WHY_CLOSED else _made(instrument_id, precisions)


def why_closed(release: str, switch: str) -> str:
    """Empty where the lane may be used."""
    if switch.lower() in ("off", "0", "false", "no"):
        return f"{SWITCH}={switch}"
    if release not in RELEASES or convert.FIXED_PRECISION != 16:
        return f"NautilusTrader {release} is not one that it is known for ({', '.join(sorted(RELEASES))})"
    instrument_id, precisions = InstrumentId.from_str("SELF-TEST.HEDGEWIRE"), (1, 3)
    kept, gone = [1, 34_999, 12_345, -1, 35_001, 7], [1, 1, 0]
    messages = ((Levels(kept + gone), False, 2**63, 1, 2**62), (Levels(kept), True, 2**63, 1, 2**62))
    try:
        lane = _made(instrument_id, precisions)
        quick = [one for message in messages for one in lane.deltas_of(*message)]
        slow = [one for message in messages for one in constructed(instrument_id, precisions, *message)]
        same = [OrderBookDelta.to_dict(one) for one in quick] == [OrderBookDelta.to_dict(one) for one in slow]
    except Exception as error:  # noqa: BLE001  whatever an unknown build does, the constructors remain
        return f"its self-test failed: {error}"
    return "" if same and quick == slow else "its self-test made other deltas than the constructors"


def _made(instrument_id: InstrumentId, precisions: tuple[int, int]) -> DeltaLane:
    sample = constructed(instrument_id, precisions, (1, 1, 1), False, 0, 0, 0)
    price, size = ((one, convert.RAW_UNITS[one], convert.LARGEST[one]) for one in precisions)
    return DeltaLane(OrderBookDelta.capsule_from_list(sample), price, size, OrderBookDelta.list_from_capsule)


WHY_CLOSED = why_closed(nautilus_trader.__version__, os.environ.get(SWITCH, ""))
"""Decided once, at import. Empty: the lane is open."""
