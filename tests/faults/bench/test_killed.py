"""SIGKILL in the middle of orders, on Paradex and across both venues: the next process closes what is left."""

from __future__ import annotations

from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest
from bench_rig import at, lines_of, run_on
from pairs import PAIRS
from processes import control, open_orders_at, order_for

from hedgewire.cli.demo_legs import neutral_of, venues_of
from hedgewire.cli.demo_processes import LocalVenueProcess, TradingProcess
from hedgewire.journal import Journal


@pytest.mark.parametrize("pair", ["paradex", "both"])
@pytest.mark.parametrize("moment", ["state BUILD_PLACING", "fill", "state HOLDING"])
@pytest.mark.proves("R001-32")
def test_a_killed_process_is_followed_by_one_that_ends_equal_to_the_venues(
    tmp_path: Path, moment: str, pair: str
) -> None:
    legs = PAIRS[pair]
    with ExitStack() as stack:
        venues = [stack.enter_context(LocalVenueProcess(7, name)) for name in venues_of(legs)]
        order = order_for(
            venues[0], tmp_path, hold_ms=5_000, cycles=1, neutral=neutral_of(legs),
            instruments=[leg.instrument for leg in legs], venues={venue.venue: venue.told() for venue in venues},
        )  # fmt: skip
        with TradingProcess(order, tmp_path) as process:
            lines_of(process, at(*moment.split()), process.process.kill)
        lines = run_on(order | {"hold_ms": 100}, tmp_path)
        assert not lines[-1]["halted"], lines[-1]
        received: dict[str, int] = {}
        for venue in venues:
            held = control(venue, "/state")["accounts"][venue.account]["positions"].values()
            assert not any(Decimal(position["amount"]) for position in held), held
            assert open_orders_at(venue) == []
            received |= control(venue, "/log")["order_digests"]
    with Journal(tmp_path / "journal.sqlite", readonly=True) as journal:
        for leg in legs:
            mine = [fill for fill in journal.fills() if fill.instrument == leg.instrument]
            assert sum(fill.qty if fill.side == "BUY" else -fill.qty for fill in mine) == 0
        assert journal.unresolved() == []
        assert set(received.values()) == {1}
        assert len(received) <= len(journal.intents())
