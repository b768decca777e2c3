"""The demo's trading process: one TradingNode with the pair strategy, told what to do by one JSON line on stdin.

Progress leaves as JSON lines on stdout. The key arrives on stdin, never on the command line, and is held by reference.
Nothing that draws or serves is imported here: this process trades, and its memory shows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from nautilus_trader.common.component import sync_logger_to_disk
from nautilus_trader.config import (
    LiveDataEngineConfig,
    LiveExecEngineConfig,
    LiveRiskEngineConfig,
    LoggingConfig,
    TradingNodeConfig,
)
from nautilus_trader.live.node import TradingNode

from hedgewire.cli.demo_clients import MAKERS, START_TIMEOUT_S, Clients
from hedgewire.cli.demo_stderr import unbreakable_stderr
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.pair.progress import PROGRESS_TOPIC, Progress, Sample
from hedgewire.pair.strategy import PairStrategy
from hedgewire.pair.vocabulary import StopMode

POST_STOP_S = 0.5
CLOSING_S = 30.0
SAMPLE_MS = 100
SAMPLE_COLUMNS = (
    "ts_ns", "cycle", "state", "bid_0", "ask_0", "bid_1", "ask_1", "position_0", "position_1", "net_pnl_usd",
    "volume_usd",
)  # fmt: skip


def node_config(run_dir: str, venues: list[Clients]) -> TradingNodeConfig:
    """Everything by reference; logs go to a file of the run, because stdout carries the progress."""
    return TradingNodeConfig(
        trader_id="HEDGEWIRE-001",
        logging=LoggingConfig(
            log_level="OFF",
            log_level_file="INFO",
            log_directory=run_dir,
            log_file_name="node",
        ),
        exec_engine=LiveExecEngineConfig(
            reconciliation_startup_delay_secs=0, open_check_interval_secs=10, graceful_shutdown_on_exception=True
        ),
        data_engine=LiveDataEngineConfig(graceful_shutdown_on_exception=True),
        risk_engine=LiveRiskEngineConfig(graceful_shutdown_on_exception=True),
        data_clients={venue.name: venue.data_config for venue in venues},
        exec_clients={venue.name: venue.exec_config for venue in venues},
        timeout_connection=START_TIMEOUT_S + 5,
        timeout_post_stop=POST_STOP_S,
        timeout_disconnection=5.0,
    )


def strategy_config(order: dict[str, Any]) -> PairStrategyConfig:
    size = Decimal(order["size_usd"])
    return PairStrategyConfig(
        instruments=tuple(order["instruments"]),
        neutral=order["neutral"],
        target_notional_usd=size,
        max_position_usd=Decimal(order.get("max_position_usd") or size * 3),
        max_daily_loss_usd=Decimal(order.get("max_daily_loss_usd") or size / 5),
        journal_path=str(Path(order["run_dir"]) / "journal.sqlite"),
        cycles=order["cycles"],
        policy=order["policy"],
        hold_ms=order["hold_ms"],
        sample_ms=SAMPLE_MS,
        slippage_cap_bps=Decimal(order.get("slippage_cap_bps") or 20),
    )


class Reporter:
    """Progress to stdout, samples to ``samples.csv``."""

    def __init__(self, run_dir: Path, finished: asyncio.Event) -> None:
        self._samples: IO[str] | None = (run_dir / "samples.csv").open("w", 1, encoding="utf-8")
        self._finished = finished
        self._write(SAMPLE_COLUMNS)
        self.halt_reason = ""

    def __call__(self, message: Progress | Sample) -> None:
        if isinstance(message, Sample):
            self._sample(message)
            return
        if message.kind == "halt":
            self.halt_reason = message.text
        say({"kind": message.kind, "cycle": message.cycle, "text": message.text, "record": message.record})
        if message.kind == "finished":
            self._finished.set()

    def _sample(self, sample: Sample) -> None:
        cells = (
            sample.ts_ns, sample.cycle, sample.state, sample.bids[0], sample.asks[0], sample.bids[1], sample.asks[1],
            *sample.positions, sample.net_pnl_usd, sample.volume_usd,
        )  # fmt: skip
        self._write(cells)
        say(
            {
                "kind": "sample",
                "cycle": sample.cycle,
                "state": sample.state,
                "mids": [str((bid + ask) / 2) for bid, ask in zip(sample.bids, sample.asks, strict=True)],
                "positions": [str(held) for held in sample.positions],
                "net_pnl_usd": str(sample.net_pnl_usd),
                "volume_usd": str(sample.volume_usd),
            }
        )

    def _write(self, cells: tuple[object, ...]) -> None:
        """A picture is not worth a position: samples that cannot be written are given up."""
        try:
            if self._samples is not None:
                print(",".join(map(str, cells)), file=self._samples)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        with contextlib.suppress(OSError):
            if self._samples is not None:
                self._samples.close()
        self._samples = None
        say({"kind": "warning", "text": f"samples.csv ends here: {error}"})

    def close(self) -> None:
        try:
            if self._samples is not None:
                self._samples.close()
        except OSError as error:
            self._give_up(error)


def say(line: dict[str, Any]) -> None:
    """To whoever started this process. A reader that is gone must not end the closing of what is open."""
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(line), flush=True)


def resident_mb() -> float:
    """Resident memory of this process in MiB (0 where the platform has no /proc)."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def listen_for_stop(loop: asyncio.AbstractEventLoop, strategy: PairStrategy) -> None:
    """A line on stdin, its end (whoever started this is gone), SIGINT and SIGTERM ask for a flat end. A daemon thread
    reads: it may wait for ever without holding the exit."""

    def listen() -> None:
        sys.stdin.readline()
        with contextlib.suppress(RuntimeError):  # the loop has ended: so has the run
            loop.call_soon_threadsafe(strategy.request_stop, StopMode.FLATTEN)

    for number in (signal.SIGINT, signal.SIGTERM):  # NautilusTrader's own would stop the node with its legs open
        loop.add_signal_handler(number, strategy.request_stop, StopMode.FLATTEN)
    threading.Thread(target=listen, name="stdin", daemon=True).start()


async def close_what_is_left(strategy: PairStrategy) -> None:
    """A halt with something open goes on closing it, ever more slowly: give it a while before the process ends."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_S):
            while strategy.is_running and strategy.halted is not None and strategy.halted.dirty:
                if strategy.current is None or not strategy.current.supervised:
                    return  # found before the start: not ours to trade
                await asyncio.sleep(0.1)


def _milliseconds(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.3f}"


async def trade(order: dict[str, Any]) -> None:
    """Run the node until the strategy has finished, then stop it."""
    finished = asyncio.Event()
    run_dir = Path(order["run_dir"])
    venues = [MAKERS[name](told) for name, told in order["venues"].items()]
    node = TradingNode(node_config(order["run_dir"], venues), loop=asyncio.get_running_loop())
    for venue in venues:
        node.add_data_client_factory(venue.name, venue.data_factory)
        node.add_exec_client_factory(venue.name, venue.exec_factory)
    strategy = PairStrategy(strategy_config(order))
    node.trader.add_strategy(strategy)
    node.build()
    reporter = Reporter(run_dir, finished)
    node.kernel.msgbus.subscribe(PROGRESS_TOPIC, reporter)
    running = asyncio.create_task(node.run_async())
    listen_for_stop(asyncio.get_running_loop(), strategy)
    try:
        async with asyncio.timeout(START_TIMEOUT_S + 10):
            while not node.trader.is_running:  # noqa: ASYNC110  the kernel has no event to wait for
                await asyncio.sleep(0.02)
        say({"kind": "running", "resident_mb": resident_mb()})
        await asyncio.wait({asyncio.create_task(finished.wait()), running}, return_when=asyncio.FIRST_COMPLETED)
        if not finished.is_set():
            # A signal, or an exception in one of the engines: what is open stays open until the next start closes it.
            reporter.halt_reason = reporter.halt_reason or "ended_early: the node was stopped; see node.log"
        await close_what_is_left(strategy)
    except TimeoutError:
        say({"kind": "halt", "cycle": 0, "text": "not_started: the node did not reach RUNNING; see node.log"})
        reporter.halt_reason = "not_started"
    measured = strategy.meter.latencies()
    end = {
        "kind": "end",
        "halted": bool(reporter.halt_reason),
        "halt_reason": reporter.halt_reason,
        "ws_fill_latency_p50_ms": _milliseconds(measured.websocket_ms),
        "order_latency_p50_ms": _milliseconds(measured.rest_ms),
        "resident_mb": round(resident_mb(), 1),
    }
    await node.stop_async()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    reporter.close()
    say(end)


def main() -> None:
    order = json.loads(sys.stdin.readline())
    with unbreakable_stderr():
        asyncio.run(trade(order))
        sys.stdout.flush()
        sync_logger_to_disk()  # it writes from a thread of its own
    # The listener may hold stdin's lock, which the interpreter's own end would wait for; everything is written by now.
    os._exit(0)


if __name__ == "__main__":
    main()
