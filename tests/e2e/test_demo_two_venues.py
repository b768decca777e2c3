"""One coin at two venues: the demo's second shape, calm, under faults of either venue, and with one of them gone."""

from __future__ import annotations

from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from processes import control
from test_demo import run_demo

from hedgewire.cli.demo_legs import Leg, parse_pair
from hedgewire.cli.demo_processes import LocalVenueProcess, TradingProcess
from hedgewire.errors import ConfigError
from hedgewire.journal import Journal

PAIR = ("--pair", "eth:nado,eth:paradex")
FLAT = {"ETH-PERP": "0", "ETH-USD-PERP": "0"}
SILENCE_S = 60


def signed_fills(run_dir: Path) -> list[tuple[str, str, Decimal]]:
    """Cycle, instrument, signed quantity."""
    with Journal(run_dir / "journal.sqlite", readonly=True) as journal:
        cycles = {intent.order_id: intent.cycle_id for intent in journal.intents()}
        return [
            (cycles[fill.order_id], fill.instrument, fill.qty if fill.side == "BUY" else -fill.qty)
            for fill in journal.fills()
        ]


@pytest.mark.parametrize("policy", ["maker_then_taker", "ioc"])
def test_one_coin_is_hedged_by_quantity_across_two_venues(tmp_path: Path, policy: str) -> None:
    code, summary, output = run_demo(tmp_path, *PAIR, "--cycles", "2", "--hold-ms", "200", "--policy", policy)
    assert code == 0, output
    assert (summary["cycles_paired"], summary["end_positions"]) == (2, FLAT)
    traded: dict[str, Decimal] = {}
    for _, instrument, qty in signed_fills(tmp_path):
        traded[instrument] = traded.get(instrument, Decimal(0)) + abs(qty)
    assert traded["ETH-PERP.NADO"] == traded["ETH-USD-PERP.PARADEX"] > 0
    assert (tmp_path / "nado.json").is_file()
    assert (tmp_path / "paradex.json").is_file()


@pytest.mark.parametrize("faults", ["paradex/disconnect,disconnect", "paradex/reply_lost,reply_lost"])
def test_faults_of_either_venue_leave_both_flat(tmp_path: Path, faults: str) -> None:
    code, summary, output = run_demo(tmp_path, *PAIR, "--cycles", "2", "--hold-ms", "200", "--faults", faults)
    assert summary["end_positions"] == FLAT, output
    assert code in (0, 1), output


def test_one_venue_that_is_gone_is_named_with_what_is_open_there_and_the_other_is_closed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        nado = stack.enter_context(LocalVenueProcess(7))
        paradex = stack.enter_context(LocalVenueProcess(8, "paradex"))
        order = {
            "instruments": ["ETH-PERP.NADO", "ETH-USD-PERP.PARADEX"], "neutral": "quantity",
            "venues": {venue.venue: venue.told() for venue in (nado, paradex)},
            "run_dir": str(tmp_path), "cycles": 1, "size_usd": "500", "policy": "ioc", "hold_ms": 2_000,
        }  # fmt: skip
        lines: list[dict[str, Any]] = []
        with TradingProcess(order, tmp_path) as process:
            for line in process.lines(SILENCE_S):
                lines.append(line)
                if line["kind"] == "state" and line["text"] == "HOLDING":
                    paradex.process.kill()
        positions = control(nado, "/state")["accounts"][nado.account]["positions"]
    assert lines[-1]["halted"], lines[-1]
    assert not any(Decimal(position["amount"]) for position in positions.values()), "the venue that answers is closed"
    said = (tmp_path / "node.stderr").read_text()
    assert "HALTED" in said
    assert "(ETH-USD-PERP -" in said or "positions unknown" in said, said[-2000:]


@pytest.mark.parametrize(
    ("text", "says"),
    [("eth:nado", "not a pair"), ("eth:nado,eth:nado", "not a pair"), ("doge:nado,eth:nado", "unknown coin: doge"),
     ("eth:nada,eth:nado", "unknown local venue: nada"), ("eth,sol", "unknown local venue")],
)  # fmt: skip
def test_what_is_no_pair_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_pair(text)
    assert says in refused.value.render()
    assert "hint: " in refused.value.render()


def test_a_pair_is_read() -> None:
    assert parse_pair("ETH:nado, eth:paradex") == (Leg("eth", "nado"), Leg("eth", "paradex"))
    assert Leg("btc", "paradex").instrument == "BTC-USD-PERP.PARADEX"
