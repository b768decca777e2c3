"""The demo's trading process with a fault built in: ``sabotaged.py callback_error``."""

from __future__ import annotations

import sys
import time
from typing import Any

from hedgewire.cli import demo_node
from hedgewire.pair.strategy import PairStrategy
from hedgewire.pair.vocabulary import State

STALL_S = 4.0


def callback_error() -> None:
    """The first quote while a pair is held is more than the strategy can bear."""
    heard = PairStrategy.on_quote_tick

    def fail(strategy: PairStrategy, tick: Any) -> None:
        if strategy.current is not None and strategy.current.state is State.HOLDING:
            raise RuntimeError("sabotage: a callback failed")
        heard(strategy, tick)

    PairStrategy.on_quote_tick = fail


def loop_stall() -> None:
    """The event loop stands still once, with a pair held and data coming."""
    heard = PairStrategy.on_quote_tick
    stalled: list[float] = []

    def stall(strategy: PairStrategy, tick: Any) -> None:
        if not stalled and strategy.current is not None and strategy.current.state is State.HOLDING:
            stalled.append(time.monotonic())
            time.sleep(STALL_S)
        heard(strategy, tick)

    PairStrategy.on_quote_tick = stall


if __name__ == "__main__":
    {"callback_error": callback_error, "loop_stall": loop_stall}[sys.argv[1]]()
    demo_node.main()
