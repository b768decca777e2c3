"""One schedule of faults in real time: local venues, a TradingNode with the pair strategy, real sockets, one loop.

Cycle follows cycle while the faults last; then the strategy finishes the cycle it is in, and everything is judged.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import ClientConnectionResetError
from msgspec.structs import replace as replaced
from nautilus_trader.config import LiveExecEngineConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parents[1]))

from pairs import KEY_FIELDS, PAIRS, pair_of_seed, schedule_of, venue_of
from realtime_checks import Ended, Venues, Watch, problems_of

from hedgewire.cli.demo_clients import MAKERS, Clients
from hedgewire.cli.demo_legs import Pair, neutral_of, venues_of
from hedgewire.nautilus.secrets import forget
from hedgewire.pair.config import PairStrategyConfig
from hedgewire.pair.progress import PROGRESS_TOPIC, Progress
from hedgewire.pair.strategy import PairStrategy
from hedgewire.pair.vocabulary import StopMode
from hedgewire.simulator import fault_actions
from hedgewire.simulator.chaos import play
from hedgewire.simulator.schedule import Planned
from hedgewire.simulator.server import LocalVenue

FAULTS_MS = 2_500
START_S = 20.0
FINISH_S = 45.0
SETTLE_S = 20.0
LEG_USD = 300
RECV_WINDOW_MS = 2_000
POLICIES = ("ioc", "maker_then_taker")
SHORT = {
    "ioc_confirm_ms": 1_000, "build_maker_wait_ms": 500, "unwind_maker_wait_ms": 500, "build_budget_ms": 5_000,
    "unwind_budget_ms": 5_000, "emergency_budget_ms": 4_000, "one_leg_grace_ms": 300, "query_retry_ms": 600,
    "audit_retry_ms": 250, "disconnect_budget_ms": 6_000, "doubt_budget_ms": 10_000, "emergency_retry_max_ms": 2_000,
    "book_max_age_ms": 1_500, "preflight_timeout_ms": 4_000,
}  # fmt: skip
"""The machine's own times, so that a schedule is over in seconds."""


Prepare = Callable[[TradingNode], None]


@dataclass
class Verdict:
    """What came of one schedule."""

    seed: int
    pair: str
    schedule: list[dict[str, Any]]
    fired: dict[str, int]
    outcome: str
    cycles: dict[str, int]
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def clients_of(venue: LocalVenue) -> Clients:
    descriptor: dict[str, Any] = venue.descriptor
    key = descriptor["accounts"][0][KEY_FIELDS[venue.venue]]
    return MAKERS[venue.venue](descriptor | {"private_key": key})


def node_config(clients: list[Clients], log_to: Path | None, orders: dict[str, Any]) -> TradingNodeConfig:
    return TradingNodeConfig(
        trader_id="CHAOS-001",
        logging=LoggingConfig(
            log_level="OFF",
            log_level_file=None if log_to is None else "DEBUG",
            log_directory=None if log_to is None else str(log_to),
            log_file_name="node",
        ),
        exec_engine=LiveExecEngineConfig(
            reconciliation_startup_delay_secs=0, open_check_interval_secs=3, position_check_interval_secs=3,
            inflight_check_threshold_ms=2_000,
        ),
        data_clients={each.name: each.data_config for each in clients},
        exec_clients={each.name: replaced(each.exec_config, **orders) for each in clients},
        timeout_post_stop=0.1,
        timeout_disconnection=5.0,
    )  # fmt: skip


def strategy_for(seed: int, pair: Pair, run_dir: Path) -> PairStrategy:
    strategy = PairStrategy(
        PairStrategyConfig(
            instruments=(pair[0].instrument, pair[1].instrument),
            neutral=neutral_of(pair),
            target_notional_usd=Decimal(LEG_USD),
            max_position_usd=Decimal(LEG_USD * 4),
            max_daily_loss_usd=Decimal(LEG_USD),
            journal_path=str(run_dir / "journal.sqlite"),
            cycles=1_000,
            policy=POLICIES[seed % 2],
            part_usd=Decimal(200 if seed % 3 else 600),
            hold_ms=60,
            pause_ms=20,
            unwind_maker_wait_ms=SHORT["unwind_maker_wait_ms"],
            slippage_cap_bps=Decimal(20),
            max_failures=50,
        )
    )
    strategy.pair = replace(strategy.pair, **SHORT)
    return strategy


def escape(context: dict[str, Any]) -> list[str]:
    """An exception that nobody caught; not the local venue's own, when a socket ends while it is being written to."""
    error = context.get("exception")
    return [] if isinstance(error, ClientConnectionResetError) else [f"{context.get('message')}: {error!r}"]


async def until(condition: Any, within_s: float) -> bool:
    """Whether the condition came true in time. The engine has no event to wait for."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            return True
    return bool(condition())


@asynccontextmanager
async def running_node(
    venues: Iterable[LocalVenue],
    strategy: PairStrategy,
    log_to: Path | None = None,
    prepare: Prepare = lambda _node: None,
    **orders: Any,
) -> AsyncIterator[TradingNode]:
    """``orders``: what the execution clients are configured with beyond the venues' addresses."""
    clients = [clients_of(venue) for venue in venues]
    node = TradingNode(node_config(clients, log_to, orders), loop=asyncio.get_running_loop())
    for each in clients:
        node.add_data_client_factory(each.name, each.data_factory)
        node.add_exec_client_factory(each.name, each.exec_factory)
    node.trader.add_strategy(strategy)
    node.build()
    prepare(node)
    task = asyncio.create_task(node.run_async())
    try:
        await until(lambda: node.trader.is_running or task.done(), START_S)
        if task.done():
            task.result()
        yield node
    finally:
        await node.stop_async()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for each in clients:
            forget(each.exec_config.private_key_ref)


def emptied(run_dir: Path) -> Path:
    """The directory without an earlier run's journal."""
    run_dir.mkdir(parents=True, exist_ok=True)
    for earlier in run_dir.glob("journal.sqlite*"):
        earlier.unlink()
    return run_dir


async def play_seed(
    seed: int,
    run_dir: Path,
    *,
    pair: str | None = None,
    transport: str = "rest",
    schedule: list[Planned] | None = None,
    log_to: Path | None = None,
    prepare: Prepare = lambda _node: None,
) -> Verdict:
    """Play one schedule (the seed's own if none is given) and judge what it left. ``pair``: its name; None: the seed
    draws it. ``prepare`` sees the node built and not yet started."""
    began = time.monotonic()
    name = pair_of_seed(seed) if pair is None else pair
    legs = PAIRS[name]
    planned = schedule_of(seed, legs, FAULTS_MS) if schedule is None else schedule
    strategy = strategy_for(seed, legs, emptied(run_dir))
    finished: list[str] = []
    escaped: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: escaped.extend(escape(context)))
    orders = {"recv_window_ms": RECV_WINDOW_MS, "transport": transport}
    async with AsyncExitStack() as stack:
        local = {each: await stack.enter_async_context(LocalVenue(each, seed=seed)) for each in venues_of(legs)}
        venues = Venues(legs, local)
        async with running_node(local.values(), strategy, log_to, prepare, **orders) as node:
            node.kernel.msgbus.subscribe(
                PROGRESS_TOPIC,
                lambda m: finished.append(m.text) if isinstance(m, Progress) and m.kind == "finished" else None,
            )
            watch = Watch(venues, strategy)
            watching = asyncio.create_task(watch.run())
            for each, venue in local.items():
                play(venue.app, [one for one in planned if venue_of(one, legs) == each])
            await asyncio.sleep(FAULTS_MS / 1000)
            for venue in local.values():
                fault_actions.disarm(venue.app, None, None)
            if not finished:
                strategy.request_stop(StopMode.FINISH_CYCLE)
            ended = await until(lambda: finished, FINISH_S)
            end = Ended(venues, node, strategy, watch)
            await until(lambda: not problems_of(end), SETTLE_S)
            problems = problems_of(end)
            if not ended:
                state = strategy.current.state if strategy.current is not None else None
                problems.insert(0, f"no end within {FINISH_S} s after the faults: {state}")
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            problems += watch.problems
        fired = dict(venues.fired())
    return Verdict(
        seed,
        name,
        [{"venue": venue_of(p, legs), "at_ms": p.at_ms, "until_ms": p.until_ms, **p.body()} for p in planned],
        fired,
        _outcome(strategy, finished),
        dict(Counter(result.outcome.value for result in strategy.results)),
        problems + [f"escaped: {text}" for text in escaped],
        round(time.monotonic() - began, 2),
    )


def _outcome(strategy: PairStrategy, finished: list[str]) -> str:
    if strategy.halted is not None:
        return f"halted {strategy.halted.reason.partition(':')[0]}"
    return finished[0].partition(":")[0] if finished else "no end"
