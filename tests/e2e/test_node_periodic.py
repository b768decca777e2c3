"""What nobody told the node: NautilusTrader's periodic checks find it, from our reports, and say so in the log."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from nautilus_trader.model.enums import OrderStatus
from node_on_nado import DEFAULT, ETH, ETH_ID, IOC, Bench, running, until

from hedgewire.simulator.server import LocalVenue

CHECKS = {
    "open_check_interval_secs": 0.2, "open_check_threshold_ms": 1, "position_check_interval_secs": 0.2,
    "position_check_threshold_ms": 1,
}  # fmt: skip


@pytest.mark.proves("R000-43", "R002-08", "R002-09")
def test_what_the_streams_kept_to_themselves_is_found_and_said(tmp_path: Path) -> None:
    """In a process of its own: NautilusTrader opens its log once in a process."""
    run = subprocess.run([sys.executable, __file__, str(tmp_path)], capture_output=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    (log,) = tmp_path.glob("*.log")
    said = log.read_text()
    order, trade = (tmp_path / "found").read_text().split()
    assert any("OrderAccepted" in line and order in line and "ExecEngine" in line for line in said.splitlines())
    assert any("OrderFilled" in line and trade in line and "ExecEngine" in line for line in said.splitlines())


async def scenario(directory: Path) -> None:
    async with LocalVenue("nado", seed=7) as venue, running(venue, log_to=directory, **CHECKS) as bench:
        await bench.fault("drop_private")
        order = await an_order_of_somebody_else(bench)
        trade = await a_trade_of_somebody_else(bench)
        (directory / "found").write_text(f"{order} {trade}")


async def an_order_of_somebody_else(bench: Bench) -> str:
    digest = await placed(bench, -100, DEFAULT)
    order = await until(lambda: next(iter(bench.cache.orders_open(instrument_id=ETH)), None), "the open order")
    assert (order.venue_order_id.value, order.status) == (digest, OrderStatus.ACCEPTED)
    return digest


async def a_trade_of_somebody_else(bench: Bench) -> str:
    await placed(bench, +5, IOC)
    await until(lambda: bench.net_position() == Decimal("0.5"), "the position")
    assert await bench.position() == Decimal("0.5")
    (position,) = bench.cache.positions_open(instrument_id=ETH)
    return str(position.trade_ids[0])


async def placed(bench: Bench, beside: int, appendix: int) -> str:
    price = (bench.cache.quote_tick(ETH).ask_price.as_decimal() + beside).quantize(Decimal("0.1"))
    answer = await bench.other.place(ETH_ID, str(price), "0.5", appendix)
    assert answer["status"] == "success", answer
    return str(answer["data"]["digest"])


if __name__ == "__main__":
    asyncio.run(scenario(Path(sys.argv[1])))
