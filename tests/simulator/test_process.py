"""The command: one descriptor line, clean end on a signal, clear refusal of a used port; nothing of the client side."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

SOURCES = Path(__file__).parents[2] / "python"
COMMAND = [sys.executable, "-m", "hedgewire.simulator", "nado"]
ENVIRONMENT = {"PYTHONPATH": str(SOURCES)}


DESCRIBED = {
    "nado": ({"chain_id", "endpoint_address"}, {"address", "private_key", "subaccount"}),
    "paradex": ({"chain_id"}, {"l1_address", "l1_private_key", "l2_private_key", "address"}),
}


@pytest.mark.parametrize("venue", DESCRIBED)
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_descriptor_line_and_clean_end(venue: str, ending: signal.Signals) -> None:
    own, account = DESCRIBED[venue]
    command = [*COMMAND[:-1], venue, "--port", "0", "--seed", "9", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        descriptor = json.loads(process.stdout.readline())
        process.send_signal(ending)
        assert process.wait(timeout=10) == 0
        assert process.stdout.read() == ""
    assert set(descriptor) == {"venue", "endpoints", "accounts", *own}
    assert descriptor["venue"] == venue
    assert descriptor["endpoints"]["control"].endswith("/_sim")
    assert [set(each) for each in descriptor["accounts"]] == [account, account]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
async def test_one_signal_ends_it_amid_streams_and_a_request_in_flight(ending: signal.Signals) -> None:
    """Subscribers that read nothing, one that never closes, and an answer due in a minute: none of them holds it up."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    assert process.stdout is not None
    assert process.stderr is not None
    endpoints = json.loads(await process.stdout.readline())["endpoints"]
    streams = [{"type": kind, "product_id": p} for p in (2, 4, 8) for kind in ("book_depth", "best_bid_offer", "trade")]
    async with aiohttp.ClientSession() as session:
        late = {"name": "late_reply", "request": "status", "delay_ms": 60_000}
        await (await session.post(endpoints["control"] + "/faults", json=late)).read()
        for _ in range(4):
            socket = await session.ws_connect(endpoints["subscriptions_ws"], compress=15, autoclose=False)
            await socket.send_json({"method": "subscribe_multi", "id": 1, "streams": streams})
            assert (await socket.receive_json(timeout=5))["id"] == 1
        in_flight = asyncio.create_task(session.get(endpoints["gateway_v1"] + "/query?type=status"))
        await (await session.get(endpoints["gateway_v1"] + "/query?type=contracts")).read()
        process.send_signal(ending)
        assert await asyncio.wait_for(process.wait(), 10) == 0
        with pytest.raises(aiohttp.ClientError):
            await in_flight
    assert await process.stderr.read() == b""


def test_a_port_in_use_is_explained() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, env=ENVIRONMENT, timeout=20, check=False
        )
    assert done.returncode == 1
    assert port in done.stderr
    assert "hint:" in done.stderr


def test_nothing_of_the_client_side_is_imported() -> None:
    program = (
        "import sys, hedgewire.simulator.server as s; "
        "bad=[m for m in sys.modules if m.startswith(('hedgewire._core','hedgewire.venues','hedgewire.nautilus',"
        "'hedgewire.pair','nautilus_trader'))]; print(bad)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, timeout=20, check=True
    )
    assert done.stdout.strip() == "[]"
