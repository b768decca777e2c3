"""A node from its configuration to its end: by JSON, with two accounts, stopped in every state."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from nado_client import NadoTestClient
from nautilus_trader.config import TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.enums import OrderStatus
from nautilus_trader.model.identifiers import ClientId
from node_on_nado import ETH, ETH_ID, Bench, Hand, node_config, running, until

from hedgewire.nautilus.secrets import hold
from hedgewire.simulator.server import LocalVenue
from hedgewire.venues.nado import NADO, NadoExecClientConfig, NadoLiveDataClientFactory, NadoLiveExecClientFactory


def place_of(venue: LocalVenue) -> dict[str, Any]:
    descriptor: dict[str, Any] = venue.descriptor
    return {"environment": "local"} | {name: descriptor[name] for name in ("endpoints", "chain_id", "endpoint_address")}


async def run(node: TradingNode) -> asyncio.Task[None]:
    node.build()
    task = asyncio.create_task(node.run_async())
    await until(lambda: node.trader.is_running or task.done(), "running node")
    return task


async def end(node: TradingNode, task: asyncio.Task[None]) -> None:
    await node.stop_async()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.proves("R001-17")
async def test_a_node_configured_by_json_boots_and_trades(venue: LocalVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NADO_PRIVATE_KEY", venue.descriptor["accounts"][0]["private_key"])  # type: ignore[index]

    def client(kind: str) -> dict[str, Any]:
        return {
            "path": f"hedgewire.venues.nado:Nado{kind}ClientConfig",
            "config": place_of(venue),
            "factory": {"path": f"hedgewire.venues.nado:NadoLive{kind}ClientFactory"},
        }

    text = json.dumps(
        {
            "trader_id": "JSON-001",
            "logging": {"log_level": "ERROR"},
            "data_clients": {NADO: client("Data")},
            "exec_clients": {NADO: client("Exec")},
            "timeout_post_stop": 0.1,
        }
    )
    node = TradingNode(TradingNodeConfig.parse(text), loop=asyncio.get_running_loop())
    hand = Hand()
    node.trader.add_strategy(hand)
    task = await run(node)
    try:
        await until(lambda: node.cache.quote_tick(ETH), "first quote")
        order = hand.ioc()
        hand.submit_order(order)
        await until(lambda: order.status == OrderStatus.FILLED, lambda: f"fill of {order!r}")
    finally:
        await end(node, task)


async def test_two_accounts_of_one_venue_in_one_node(venue: LocalVenue) -> None:
    descriptor: dict[str, Any] = venue.descriptor
    config = node_config(venue, hold(descriptor["accounts"][0]["private_key"]))
    second = NadoExecClientConfig(
        **place_of(venue), private_key_ref=hold(descriptor["accounts"][1]["private_key"]), venue="NADO_B"
    )
    node = TradingNode(
        TradingNodeConfig(
            trader_id=config.trader_id,
            logging=config.logging,
            exec_engine=config.exec_engine,
            data_clients=config.data_clients,
            exec_clients={**config.exec_clients, "NADO_B": second},
            timeout_post_stop=0.1,
        ),
        loop=asyncio.get_running_loop(),
    )
    node.add_data_client_factory(NADO, NadoLiveDataClientFactory)
    for name in (NADO, "NADO_B"):
        node.add_exec_client_factory(name, NadoLiveExecClientFactory)
    hand = Hand()
    node.trader.add_strategy(hand)
    task = await run(node)
    async with aiohttp.ClientSession() as session:
        accounts = [NadoTestClient(venue, session, account=number) for number in (0, 1)]
        try:
            await until(lambda: node.cache.quote_tick(ETH), "first quote")
            ours, theirs = hand.ioc("0.5"), hand.ioc("0.3")
            hand.submit_order(ours)
            hand.submit_order(theirs, client_id=ClientId("NADO_B"))
            await until(lambda: ours.is_closed and theirs.is_closed, "fills of both")
            assert (ours.account_id.value, theirs.account_id.value) == ("NADO-default", "NADO_B-default")
            held = [Decimal(await account.position(ETH_ID)) / 10**18 for account in accounts]
            assert held == [Decimal("0.5"), Decimal("0.3")]
            assert {account.id.value for account in node.cache.accounts()} == {"NADO-default", "NADO_B-default"}
        finally:
            await end(node, task)


# ---- the end


def our_tasks() -> set[asyncio.Task[Any]]:
    """Those of the node's clients; the local venue runs in the same loop, and NautilusTrader's executors of actors end
    with the node's disposal only."""
    shown = {task: repr(task) for task in asyncio.all_tasks() if not task.done()}
    return {task for task, text in shown.items() if "/hedgewire/" in text and "/simulator/" not in text}


def sockets(venue: LocalVenue) -> int:
    return len(venue.app.connections)


async def at_rest(_: Bench) -> None:
    pass


async def with_orders(bench: Bench) -> None:
    await bench.rest()


async def with_an_order_on_its_way(bench: Bench) -> None:
    await bench.fault("late_reply", request="place_order", delay_ms=60_000, count=1)
    bench.hand.submit_order(bench.hand.limit("100", post_only=True))


async def while_reconnecting(bench: Bench) -> None:
    await bench.fault("refuse_connections")
    await bench.fault("disconnect", socket="all")
    await until(lambda: sockets(bench.venue) == 0, "broken sockets")


async def while_the_venue_is_silent(bench: Bench) -> None:
    await bench.fault("query_unavailable")
    bench.hand.query_account(bench.execution.account_id)
    await until(our_tasks, "a question under way")


STATES: dict[str, Callable[[Bench], Awaitable[None]]] = {
    state.__name__: state
    for state in (
        at_rest, with_orders, with_an_order_on_its_way, while_reconnecting, while_the_venue_is_silent,
    )
}  # fmt: skip


@pytest.mark.parametrize("state", list(STATES))
async def test_a_stopped_node_leaves_no_task_no_thread_and_no_socket(venue: LocalVenue, state: str) -> None:
    async with running(venue) as bench:
        threads = threading.active_count()
        await STATES[state](bench)
        link = bench.execution.link
    assert link.core is None
    assert our_tasks() == set()
    assert threading.active_count() <= threads
    await until(lambda: sockets(venue) == 0, lambda: f"closed sockets; {sockets(venue)} are open")


@pytest.mark.parametrize("state", ["with_orders", "while_reconnecting"])
async def test_nodes_one_after_another_leave_no_descriptor(venue: LocalVenue, state: str) -> None:
    """The first one opens what the process keeps: the network thread's own."""
    left: list[set[str]] = []
    for _ in range(3):
        async with running(venue, account={"metrics_address": "0"}) as bench:
            await STATES[state](bench)
            await bench.clear_faults()
        await until(lambda: sockets(venue) == 0, "closed sockets")
        left.append(descriptors())
    assert len(left[2]) <= len(left[1]), left[2] - left[1]


def descriptors() -> set[str]:
    """What this process holds open, and what each of it is."""
    folder = Path("/proc/self/fd")
    return {f"{entry.name} {entry.readlink()}" for entry in folder.iterdir() if entry.is_symlink()}


async def test_a_start_with_the_venue_down_waits_until_it_is_up(venue: LocalVenue) -> None:
    async with aiohttp.ClientSession() as session:
        other = NadoTestClient(venue, session)
        await other.control("faults", {"name": "refuse_connections"})
        fired = venue.state.faults.fired

        async def come_back() -> None:
            await until(lambda: fired["refuse_connections"] >= 3, "attempts")
            async with session.delete(f"{other.endpoints['control']}/faults") as answer:
                assert answer.status == 200

        helper = asyncio.create_task(come_back())
        async with running(venue) as bench:
            await helper
            assert bench.node.trader.is_running
            assert (await bench.rest()).status == OrderStatus.ACCEPTED


async def test_a_node_stopped_before_it_was_ever_connected_leaves_nothing(venue: LocalVenue) -> None:
    async with aiohttp.ClientSession() as session:
        await NadoTestClient(venue, session).control("faults", {"name": "refuse_connections"})
    node = TradingNode(
        node_config(venue, hold(venue.descriptor["accounts"][0]["private_key"])),  # type: ignore[index]
        loop=asyncio.get_running_loop(),
    )
    node.add_data_client_factory(NADO, NadoLiveDataClientFactory)
    node.add_exec_client_factory(NADO, NadoLiveExecClientFactory)
    node.build()
    task = asyncio.create_task(node.run_async())
    await until(lambda: venue.state.faults.fired["refuse_connections"] >= 1, "an attempt")
    execution: Any = node.kernel.exec_engine._clients[ClientId(NADO)]
    assert our_tasks()
    await end(node, task)
    await until(lambda: execution.link.core is None and not our_tasks(), lambda: f"an end; left {our_tasks()}")
    assert len(venue.app.connections) == 0
