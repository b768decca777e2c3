"""Redis behind cache and message bus: a restart that remembers, and two nodes that hear one another.

Needs `redis-server` (`make test-redis` installs it where it can): one of its own for each test, on a loopback port.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from nado_client import IOC, NadoTestClient
from nautilus_trader.config import CacheConfig, DatabaseConfig, MessageBusConfig
from nautilus_trader.model.enums import OrderStatus
from node_on_nado import ETH, ETH_ID, Bench, running, until

from hedgewire.nautilus.venue_data import VenueHealth
from hedgewire.simulator.server import LocalVenue

SERVER = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(SERVER is None, reason="redis-server is not installed (see make test-redis)")
LISTENER = str(Path(__file__).parent / "listening_node.py")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[DatabaseConfig]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert SERVER is not None
    terms = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(tmp_path)]
    server = subprocess.Popen([SERVER, *terms], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not _answers(port):
            assert time.monotonic() < deadline, "redis-server did not answer"
            time.sleep(0.02)
        yield DatabaseConfig(type="redis", host="127.0.0.1", port=port)
    finally:
        server.terminate()
        server.wait(10)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def backed(redis: DatabaseConfig) -> dict[str, Any]:
    bus = MessageBusConfig(database=redis, encoding="json", buffer_interval_ms=10, stream_per_topic=False)
    return {
        "cache": CacheConfig(database=redis, encoding="msgpack", buffer_interval_ms=10),
        "message_bus": bus,
    }


async def bought(bench: Bench) -> Any:
    order = bench.hand.ioc()
    bench.hand.submit_order(order)
    await until(lambda: order.status == OrderStatus.FILLED, "fill")
    return order


@pytest.mark.proves("R000-40", "R002-08", "R002-09")
async def test_a_restart_finds_orders_and_positions_again(venue: LocalVenue, redis: DatabaseConfig) -> None:
    """One order rests on, one was cancelled meanwhile, the position was closed by hand: all of it as at the venue."""
    async with running(venue, more=backed(redis)) as first:
        traded, resting, cancelled = await bought(first), await first.rest("100"), await first.rest("101")
        fills = {event.trade_id for event in first.hand.seen if type(event).__name__ == "OrderFilled"}
    async with running(venue, more=backed(redis)) as second:
        known = second.cache.order(traded.client_order_id)
        assert (known.status, set(known.trade_ids)) == (OrderStatus.FILLED, fills)
        assert known.strategy_id == traded.strategy_id
        assert second.net_position() == await second.position() == Decimal("0.5")
        (position,) = second.cache.positions_open(instrument_id=ETH)
        assert set(position.trade_ids) == fills, "no fill was applied twice"
        mine = {order.client_order_id for order in second.cache.orders_open()}
        assert mine == {resting.client_order_id, cancelled.client_order_id}
        later = await bought(second)
        assert later.client_order_id not in {traded.client_order_id, *mine}
    async with aiohttp.ClientSession() as session:
        ours = NadoTestClient(venue, session)
        await ours.execute("cancel_orders", ours.cancellation([ETH_ID], [cancelled.venue_order_id.value]))
        await ours.place(ETH_ID, "3000", "-1.0", IOC)
    async with running(venue, more=backed(redis)) as third:
        ended = third.cache.order(cancelled.client_order_id)
        await until(lambda: ended.status == OrderStatus.CANCELED, "the cancel of meanwhile")
        (living,) = third.cache.orders_open(instrument_id=ETH)
        assert living.client_order_id == resting.client_order_id
        assert third.net_position() == await third.position() == 0
        third.hand.cancel_order(living)
        await until(lambda: living.status == OrderStatus.CANCELED, "cancel of an order of two sessions ago")
        assert third.open_at_venue() == {}


async def test_a_second_node_hears_what_the_first_one_does(venue: LocalVenue, redis: DatabaseConfig) -> None:
    """The listener is a process of its own without a venue: quotes, a fill and health come through the stream."""
    listener = await asyncio.create_subprocess_exec(
        sys.executable, LISTENER, str(redis.port), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert listener.stdout is not None
    try:
        assert (await asyncio.wait_for(listener.stdout.readline(), 30)).strip() == b"listening"
        async with running(venue, more=backed(redis)) as bench:
            order = await bought(bench)
            for health in await bench.data._health():
                if isinstance(health, VenueHealth):
                    bench.node.kernel.msgbus.publish("data.VenueHealth", health)
            heard = json.loads(await asyncio.wait_for(listener.stdout.readline(), 30))
    finally:
        if listener.returncode is None:
            listener.kill()
        await listener.wait()
    assert heard["fill"] == str(order.trade_ids[0])
    assert heard["quote"] == "ETH-PERP.NADO"
    assert heard["health"] == "NADO"
