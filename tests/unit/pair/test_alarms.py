"""Alarms on NautilusTrader's clock: set, set anew, cleared, and nothing kept by the clock that can grow."""

from __future__ import annotations

import gc
from weakref import ref

from nautilus_trader.common.component import TestClock

from hedgewire.pair.alarms import Alarms

SECOND_NS = 10**9


def advance(clock: TestClock, to_s: int) -> None:
    for handler in clock.advance_time(to_s * SECOND_NS):
        handler.handle()


def rig() -> tuple[TestClock, Alarms, list[str]]:
    clock = TestClock()
    return clock, Alarms(clock, lambda callback: callback()), []


def test_the_last_setting_of_a_key_counts() -> None:
    clock, alarms, rung = rig()
    alarms.set("phase", 1 * SECOND_NS, lambda: rung.append("first"))
    alarms.set("phase", 2 * SECOND_NS, lambda: rung.append("second"))
    alarms.set("other", 2 * SECOND_NS, lambda: rung.append("other"))
    alarms.clear("other")
    advance(clock, 1)
    assert rung == []
    advance(clock, 9)
    assert rung == ["second"]


def test_an_alarm_that_was_replaced_while_it_was_on_its_way_stays_silent() -> None:
    """The event has left the clock when the key is set anew; the new alarm may even have got the old one's name."""
    clock, alarms, rung = rig()
    alarms.set("phase", 1 * SECOND_NS, lambda: rung.append("old"))
    on_their_way = clock.advance_time(1 * SECOND_NS)
    alarms.set("phase", 3 * SECOND_NS, lambda: rung.append("new"))
    for handler in on_their_way:
        handler.handle()
    assert rung == []
    advance(clock, 3)
    assert rung == ["new"]


def test_an_alarm_may_set_itself_again() -> None:
    clock, alarms, rung = rig()

    def again() -> None:
        rung.append("again")
        if len(rung) < 3:
            alarms.set("again", clock.timestamp_ns() + SECOND_NS, again)

    alarms.set("again", SECOND_NS, again)
    for second in range(1, 9):
        advance(clock, second)
    assert rung == ["again"] * 3


def test_a_repeated_alarm_rings_until_it_is_cleared() -> None:
    clock, alarms, rung = rig()
    alarms.every("sample", 1_000, lambda: rung.append("sample"))
    advance(clock, 3)
    alarms.clear("sample")
    advance(clock, 9)
    assert rung == ["sample"] * 3


def test_the_clock_learns_few_names_and_keeps_no_callback_alive() -> None:
    class Owner:
        def ring(self) -> None:
            pass

    clock, alarms, _rung = rig()
    owner, names = Owner(), set()
    for second in range(1, 200):
        alarms.set(f"cycle-{second}:phase", second * SECOND_NS, owner.ring)
        alarms.set(f"cycle-{second}:total", second * SECOND_NS + 1, owner.ring)
        names.update(clock.timer_names)
        advance(clock, second)
    assert len(names) < 5
    gone = ref(owner)
    del alarms, owner
    gc.collect()
    assert gone() is None
