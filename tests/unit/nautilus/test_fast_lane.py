"""The fast lane makes what the constructors make, refuses what they refuse, and closes where it is not known to."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import nautilus_trader
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import OrderBookDelta, OrderBookDeltas
from nautilus_trader.model.enums import BookType
from nautilus_trader.model.identifiers import InstrumentId

from hedgewire._core import DeltaLane, Levels
from hedgewire.nautilus.v1 import convert, fast_lane
from hedgewire.nautilus.v1.deltas import constructed

INSTRUMENT = InstrumentId.from_str("ETH-PERP.NADO")
RELEASE = nautilus_trader.__version__
I64_MOST = 2**63 - 1


def lane(precisions: tuple[int, int]) -> DeltaLane:
    made = fast_lane.lane_of(INSTRUMENT, precisions)
    assert made is not None, fast_lane.WHY_CLOSED
    return made


@given(data=st.data(), precisions=st.tuples(st.integers(0, 16), st.integers(0, 16)))
def test_both_ways_make_equal_deltas(data: st.DataObject, precisions: tuple[int, int]) -> None:
    price_most, size_most = (min(I64_MOST, convert.LARGEST[one]) for one in precisions)
    snapshot = data.draw(st.booleans())
    level = st.tuples(st.sampled_from((1, -1)), st.integers(1, price_most), st.integers(int(snapshot), size_most))
    flat = [number for one in data.draw(st.lists(level, max_size=30)) for number in one]
    times = tuple(data.draw(st.integers(0, 2**64 - 1)) for _ in range(3))
    quick = lane(precisions).deltas_of(Levels(flat), snapshot, *times)
    slow = constructed(INSTRUMENT, precisions, flat, snapshot, *times)
    assert [OrderBookDelta.to_dict(one) for one in quick] == [OrderBookDelta.to_dict(one) for one in slow]
    assert (quick, pickle.loads(pickle.dumps(quick))) == (slow, slow)


@pytest.mark.parametrize(
    ("price", "size", "whole"),
    [
        (price, size, whole)
        for price, size in ((0, 1), (-1, 1), (1, -1), (convert.LARGEST[1] + 1, 1), (1, convert.LARGEST[3] + 1))
        for whole in (False, True)
    ]
    + [(1, 0, True)],
)
def test_what_cannot_be_held_is_refused_by_both(price: int, size: int, whole: bool) -> None:
    flat = [1, 5, 5, 1, price, size]
    for way in (lane((1, 3)).deltas_of, lambda *row: constructed(INSTRUMENT, (1, 3), *row)):
        with pytest.raises(ValueError, match=f"level {price} x {size} cannot be held\nhint: "):
            way(Levels(flat), whole, 1, 1, 1)


def test_a_book_takes_the_deltas_and_they_outlive_what_made_them() -> None:
    book = OrderBook(INSTRUMENT, BookType.L2_MBP)
    made = [
        lane((1, 3)).deltas_of(Levels([1, 100 + step, 7, -1, 300 + step, 9]), False, step, 1, 1) for step in range(50)
    ]
    for each in made:
        book.apply_deltas(OrderBookDeltas(INSTRUMENT, each))
    assert (str(book.best_bid_price()), str(book.best_ask_price())) == ("14.9", "30.0")
    assert (str(book.best_bid_size()), len(book.bids())) == ("0.007", 50)


@dataclass(frozen=True)
class _LaneOf:
    """A lane of an unknown build."""

    deltas_of: Callable[..., Any]


def _raises(*_: Any) -> Any:
    raise RuntimeError("no such layout")


def test_it_closes_for_another_release_for_a_failed_self_test_and_by_the_switch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert fast_lane.why_closed(RELEASE, "") == ""
    assert fast_lane.why_closed(RELEASE, "off") == "HEDGEWIRE_FAST_LANE=off"
    assert "1.232.0 is not one" in fast_lane.why_closed("1.232.0", "")
    monkeypatch.setattr(fast_lane, "_made", lambda *_: _LaneOf(_raises))
    assert "self-test failed: no such layout" in fast_lane.why_closed(RELEASE, "")
    monkeypatch.setattr(fast_lane, "_made", lambda *_: _LaneOf(lambda levels, *row: [] if levels else row))
    assert "other deltas" in fast_lane.why_closed(RELEASE, "")


def test_the_switch_of_the_environment_leaves_the_constructors() -> None:
    said = "from hedgewire.nautilus.v1 import fast_lane as f; print(f.WHY_CLOSED, f.lane_of(None, (1, 3)))"
    environment = os.environ | {"HEDGEWIRE_FAST_LANE": "off"}
    done = subprocess.run([sys.executable, "-c", said], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["HEDGEWIRE_FAST_LANE=off", "None"]


def test_levels_are_a_sequence_of_threes() -> None:
    levels = Levels([1, 10, 2, -1, 11, 3])
    assert (len(levels), list(levels), levels[4]) == (6, [1, 10, 2, -1, 11, 3], 11)
    with pytest.raises(IndexError):
        levels[6]
    with pytest.raises(ValueError, match="4 numbers"):
        Levels([1, 2, 3, 4])
