"""What a stranger gets wrong on Paradex: a clear end with an exit code, no order sent, no traceback, no hang."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from strangers_node import assert_refused, run_node

from hedgewire.cli.exit_codes import ExitCode
from hedgewire.simulator.server import LocalVenue

MAINNET, TESTNET = "PRIVATE_SN_PARACLEAR_MAINNET", "PRIVATE_SN_POTC_SEPOLIA"
SECOND_ACCOUNT = 1
"""Its L1 key is above the STARK curve's order for this seed, the first account's is below it."""


@pytest_asyncio.fixture
async def paradex() -> AsyncIterator[LocalVenue]:
    async with LocalVenue("paradex", seed=7) as local:
        yield local


def account(venue: LocalVenue, number: int) -> dict[str, Any]:
    accounts: Any = venue.descriptor["accounts"]
    found: dict[str, Any] = accounts[number]
    return found


async def test_the_plain_node_of_these_tests_trades_when_nothing_is_wrong(paradex: LocalVenue) -> None:
    ended = await run_node(paradex)
    assert ended.code == 0, ended
    assert "bought 0.1" in ended.out
    assert ended.executes


@pytest.mark.parametrize(
    ("number", "says"),
    [(0, "the venue does not know the account of this key"), (SECOND_ACCOUNT, 'key="l1"')],
    ids=["possible on both curves", "too large for an L2 key"],
)
async def test_an_l1_key_where_an_l2_key_is_wanted(paradex: LocalVenue, number: int, says: str) -> None:
    key = account(paradex, number)["l1_private_key"]
    ended = await run_node(paradex, key=key)
    assert_refused(ended, ExitCode.USAGE if number == 0 else ExitCode.CREDENTIALS, says, "L1")
    assert key not in ended.out + ended.err


async def test_an_l2_key_where_an_l1_key_is_wanted(paradex: LocalVenue) -> None:
    ended = await run_node(paradex, exec={"key": "l1"})
    assert_refused(ended, ExitCode.CREDENTIALS, "63 hexadecimal digits, not 64", 'the L2 (Paradex) key: set key="l2"')


async def test_an_address_that_does_not_follow_from_the_key(paradex: LocalVenue) -> None:
    others = account(paradex, SECOND_ACCOUNT)["address"]
    ended = await run_node(paradex, exec={"account_address": others})
    assert_refused(ended, ExitCode.USAGE, "does not follow from the key", others, "a subkey")


async def test_an_account_that_the_venue_has_never_seen(paradex: LocalVenue) -> None:
    ended = await run_node(paradex, key="0x123456789abcdef")
    assert_refused(ended, ExitCode.USAGE, "NOT_ONBOARDED", "open it once in its web app")


async def test_a_network_that_the_venue_contradicts(paradex: LocalVenue) -> None:
    ended = await run_node(paradex, both={"chain_id": MAINNET})
    assert_refused(ended, ExitCode.USAGE, f"chain id of another network: {TESTNET}", f"configured as {MAINNET}")


async def test_the_production_network_with_the_testnets_chain_id_reaches_no_venue(paradex: LocalVenue) -> None:
    ended = await run_node(paradex, both={"environment": "mainnet", "chain_id": TESTNET})
    assert_refused(ended, ExitCode.USAGE, "chain id of another network", f"this environment is {MAINNET}")


async def test_a_market_that_is_not_listed(paradex: LocalVenue) -> None:
    ended = await run_node(paradex, both={"markets": [{"symbol": "DOGE-USD-PERP"}]})
    assert_refused(ended, ExitCode.USAGE, "does not list: DOGE-USD-PERP", "the venue lists BTC-USD-PERP, ETH-USD-PERP")


async def test_a_venue_that_is_down(paradex: LocalVenue) -> None:
    nowhere = {"rest": "http://127.0.0.1:9/v1", "ws": "ws://127.0.0.1:9/v1"}
    ended = await run_node(paradex, both={"endpoints": nowhere, "connect_timeout_s": 2.0})
    assert_refused(ended, ExitCode.VENUE_UNREACHABLE, "not usable after 2 s", "http://127.0.0.1:9", "check the address")


async def test_a_market_that_is_not_open(paradex: LocalVenue) -> None:
    """The venue refuses after it has answered; the strategy is told why, and nothing is held."""
    control = paradex.descriptor["endpoints"]["control"]  # type: ignore[index]
    async with aiohttp.ClientSession() as session:
        closed = {"name": "market_halt"}
        async with session.post(f"{control}/faults", json=closed) as answer:
            assert answer.status == 200, await answer.text()
    ended = await run_node(paradex)
    assert ended.code == 0, ended
    assert "MARKET_NOT_OPEN" in ended.out
