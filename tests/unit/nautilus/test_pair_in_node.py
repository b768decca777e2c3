"""The pair strategy in a running node, against a stand-in for the core."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fake_core import ETH, SOL, until

from hedgewire.journal import Journal
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.pair.strategy import PairStrategy


def strategy(tmp_path: Path, **changes: Any) -> PairStrategy:
    fields: dict[str, Any] = {
        "instruments": ("ETH-PERP.NADO", "SOL-PERP.NADO"),
        "target_notional_usd": Decimal(500),
        "max_position_usd": Decimal(2000),
        "max_daily_loss_usd": Decimal(100),
        "journal_path": str(tmp_path / "journal.sqlite"),
        "cycles": 2,
        "hold_ms": 50,
        "pause_ms": 10,
    }
    return PairStrategy(PairStrategyConfig(**(fields | changes)))


@pytest.mark.parametrize("policy", ["ioc", "maker_then_taker"])
async def test_cycles_end_flat_with_every_fill_in_the_journal(make_node: Any, tmp_path: Path, policy: str) -> None:
    pair = strategy(tmp_path, policy=policy)
    _, core = await make_node(pair)
    await until(lambda: pair._finished)
    assert [result.outcome for result in pair.results] == ["paired", "paired"]
    assert core.positions == {ETH: 0, SOL: 0}
    with Journal(tmp_path / "journal.sqlite", readonly=True) as journal:
        assert {fill.trade_id for fill in journal.fills()} == {row[4] for row in core.fills}
        assert len(journal.cycles()) == 2
        assert journal.unresolved() == []
