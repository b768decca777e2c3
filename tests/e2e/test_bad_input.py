"""What a stranger gets wrong: a clear end with an exit code, nothing sent, no traceback, no hang.

Configurations that refuse to be built are in tests/unit/nautilus/test_settings.py.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from strangers_node import END_TIMEOUT_S, assert_refused, run_node

from hedgewire.cli.exit_codes import ExitCode
from hedgewire.simulator.server import LocalVenue

PAIR = Path(__file__).parents[2] / "examples" / "pair_strategy.py"
ADDRESS = "0x" + "ab" * 20


@pytest.mark.proves("R003-4.0.5")
async def test_the_plain_node_of_these_tests_trades_when_nothing_is_wrong(venue: LocalVenue) -> None:
    ended = await run_node(venue)
    assert ended.code == 0, ended
    assert "bought 0.1" in ended.out
    assert ended.executes


@pytest.mark.parametrize(
    ("value", "says"),
    [(None, "no private key"), (ADDRESS, "address (40 hexadecimal digits), not a private key")],
    ids=["missing", "address"],
)
@pytest.mark.proves("R003-4.0.1", "R003-065")
async def test_a_key_that_is_none(venue: LocalVenue, value: str | None, says: str) -> None:
    environ = {} if value is None else {"HEDGEWIRE_TEST_KEY": value}
    ended = await run_node(venue, environ=environ, exec={"private_key_ref": "HEDGEWIRE_TEST_KEY"})
    assert_refused(ended, ExitCode.CREDENTIALS, says, "HEDGEWIRE_TEST_KEY")
    if value:
        assert value not in ended.out + ended.err


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"chain_id": 57073}, ["chain id of another network: 763373", "query contracts", "configured as 57073"]),
        ({"products": [{"symbol": "DOGE-PERP"}]}, ["does not list", "DOGE-PERP", "lists BTC-PERP, ETH-PERP"]),
        ({"products": [{"symbol": "SOL-PERP", "price_increment": "0.1"}]}, ["SOL-PERP 0.1", "venue says 0.01"]),
    ],
    ids=["chain", "product", "tick"],
)
@pytest.mark.proves("R003-4.0.2", "R003-4.0.3", "R003-043")
async def test_a_setting_that_the_venue_contradicts(
    venue: LocalVenue, changes: dict[str, Any], says: list[str]
) -> None:
    assert_refused(await run_node(venue, both=changes), ExitCode.USAGE, *says)


async def test_a_setting_that_contradicts_itself_reaches_no_venue(venue: LocalVenue) -> None:
    ended = await run_node(venue, both={"environment": "testnet", "chain_id": 57073})
    assert_refused(ended, ExitCode.USAGE, "chain id of another network: 57073", "testnet is chain 763373")


async def test_an_account_that_the_venue_has_never_seen(venue: LocalVenue) -> None:
    """A typing error in the name is another account, and that one is flat and empty."""
    ended = await run_node(venue, exec={"subaccount_name": "defualt"})
    assert_refused(ended, ExitCode.USAGE, "never seen this account: 0x", "deposit to it", "NADO_SUBACCOUNT_NAME")


async def test_a_clock_beyond_the_venues_window(venue: LocalVenue) -> None:
    control = venue.descriptor["endpoints"]["control"]  # type: ignore[index]
    async with aiohttp.ClientSession() as session:
        skew = {"name": "clock_skew", "skew_ms": -20_000}
        async with session.post(f"{control}/faults", json=skew) as answer:
            assert answer.status == 200
    assert_refused(await run_node(venue), ExitCode.USAGE, "clock is off", "ms ahead of the venue's", "NTP")


@asynccontextmanager
async def sockets_without_deflate() -> AsyncIterator[str]:
    """A server that opens any WebSocket, and never agrees to compression."""

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for _ in socket:
            pass
        return socket

    app = web.Application()
    app.router.add_get("/v1/subscribe", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}/v1/subscribe"
    finally:
        await runner.cleanup()


async def test_a_server_that_refuses_deflate(venue: LocalVenue) -> None:
    async with sockets_without_deflate() as url:
        endpoints = {**venue.descriptor["endpoints"], "subscriptions_ws": url}  # type: ignore[dict-item]
        ended = await run_node(venue, both={"endpoints": endpoints, "connect_timeout_s": 3.0})
    assert_refused(ended, ExitCode.VENUE_UNREACHABLE, "permessage-deflate not negotiated", url, "compression")


async def test_a_venue_that_is_down(venue: LocalVenue) -> None:
    nowhere = {"gateway_v1": "http://127.0.0.1:9/v1", "archive_v1": "http://127.0.0.1:9/archive/v1"}
    ended = await run_node(venue, both={"endpoints": nowhere, "connect_timeout_s": 2.0})
    assert_refused(ended, ExitCode.VENUE_UNREACHABLE, "not usable after 2 s", "http://127.0.0.1:9", "check the address")


async def test_a_port_in_use(venue: LocalVenue) -> None:
    command = [sys.executable, "-m", "hedgewire.cli", "sim", "nado", "--port", str(venue.port)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == ExitCode.NEGATIVE
    assert done.stdout == ""
    first, second = done.stderr.splitlines()
    assert first.startswith(f"error: cannot listen on 127.0.0.1:{venue.port}: ")
    assert second.startswith("hint: ")


async def test_a_pair_with_a_product_that_is_not_listed(venue: LocalVenue, tmp_path: Path) -> None:
    (tmp_path / "venue.json").write_text(json.dumps(venue.descriptor))
    (tmp_path / "pair.py").write_text(PAIR.read_text(encoding="utf-8").replace("SOL-PERP.NADO", "DOGE-PERP.NADO"))
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "pair.py", "venue.json"], cwd=tmp_path, capture_output=True, text=True,
        timeout=END_TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done
    assert "instrument_unknown: DOGE-PERP.NADO is not listed" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert venue.state.log.digests == {}


def test_a_size_below_the_minimum_notional_stops_at_once_and_sends_nothing(tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-m", "hedgewire.cli", "demo", "--size", "50", "--cycles", "3", "--out", str(run)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    summary = json.loads((run / "summary.json").read_text())
    assert done.returncode == 5, done.stdout + done.stderr
    assert summary["orders"] == 0
    assert summary["halt_reason"].startswith("sizing: no lots")
    assert "hint:" in summary["halt_reason"]
