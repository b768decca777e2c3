"""What the picture of a run is drawn from: tops, positions and the running result at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .cycle import PairCycle
from .progress import Sample
from .results import Results
from .vocabulary import ZERO


def sample(cycle: PairCycle, number: int, quotes: Sequence[Any], results: Results, now_ns: int) -> Sample:
    """``quotes``: the engine's quote ticks of both legs. ``results``: of everything but this cycle, while it runs."""
    running, settled = not cycle.state.is_final, results.settled
    volume = sum((done.volume for done in results), ZERO)
    if running:
        settled += cycle.desk.open_result()
        volume += sum((fill.qty * fill.px for fill in cycle.desk.ledger.fills), ZERO)
    return Sample(
        ts_ns=now_ns,
        cycle=number,
        state=cycle.state.value,
        bids=(quotes[0].bid_price.as_decimal(), quotes[1].bid_price.as_decimal()),
        asks=(quotes[0].ask_price.as_decimal(), quotes[1].ask_price.as_decimal()),
        positions=(cycle.desk.held(0), cycle.desk.held(1)),
        net_pnl_usd=settled,
        volume_usd=volume,
    )
