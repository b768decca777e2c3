"""Faults of markets, money, keys, time and people: what each does to the venue, and that removing it undoes it."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import pytest
from nado_client import DEFAULT, IOC, POST_ONLY, NadoTestClient, receive_until

from hedgewire.simulator.accounts import HealthKind
from hedgewire.simulator.fixed import ONE, x18
from hedgewire.simulator.server import LocalVenue

ETH, SOL = 4, 8


async def arm(client: NadoTestClient, name: str, **params: Any) -> dict[str, Any]:
    answer = await client.control("faults", {"name": name, **params})
    assert "error" not in answer, answer
    return answer


async def disarm(client: NadoTestClient) -> None:
    await client.session.delete(client.endpoints["control"] + "/faults")


async def code_of(client: NadoTestClient, price: str = "3400", size: str = "1", kind: int = POST_ONLY) -> int:
    return int((await client.place(ETH, price, size, kind)).get("error_code", 0))


async def hold(client: NadoTestClient, size: str = "1") -> None:
    assert (await client.place(ETH, "3550", size, IOC))["status"] == "success"


@pytest.mark.parametrize(
    ("reason", "code"), [("unhealthy", 2006), ("post_only_crosses", 2008), ("invalid_nonce", 2022), ("signer", 2028)]
)
async def test_an_order_is_refused_for_the_reason_that_was_asked_for(
    client: NadoTestClient, reason: str, code: int
) -> None:
    await arm(client, "reject_order", reason=reason, product_id=ETH, count=1)
    assert (await client.place(SOL, "140", "5", POST_ONLY))["status"] == "success"
    assert await code_of(client) == code
    assert await code_of(client) == 0


async def test_an_accepted_order_is_cancelled_at_once(client: NadoTestClient) -> None:
    await arm(client, "cancel_on_accept", count=1)
    async with client.stream(*client.private_streams(ETH)) as socket:
        digest = (await client.place(ETH, "3400", "1", POST_ONLY))["data"]["digest"]
        seen = [await socket.receive_json(timeout=5) for _ in range(2)]
    assert [(update["digest"], update["reason"]) for update in seen] == [(digest, "placed"), (digest, "cancelled")]
    assert client.venue.state.exchange.orders_of(client.sender) == []


async def test_a_cancel_comes_after_the_fill(client: NadoTestClient) -> None:
    digest = (await client.place(ETH, "3400", "1", POST_ONLY))["data"]["digest"]
    await arm(client, "cancel_races_fill", count=1)
    reply = await client.execute("cancel_orders", client.cancellation([ETH], [digest]))
    assert reply["error_code"] == 2020
    assert await client.position(ETH) == ONE
    (match,) = (await client.archive("matches", subaccounts=[client.sender], limit=5))["matches"]
    assert (match["digest"], match["base_filled"]) == (digest, str(ONE))


async def test_orders_vanish_without_a_word(client: NadoTestClient) -> None:
    await client.place(ETH, "3400", "1", POST_ONLY)
    async with client.stream(*client.private_streams(ETH)) as socket:
        assert len((await arm(client, "vanish_orders", product_id=ETH))["cancelled"]) == 1
        await socket.send_json({"method": "time", "id": 9})
        assert (await socket.receive_json(timeout=5))["id"] == 9
    assert client.venue.state.exchange.orders_of(client.sender) == []


async def test_a_market_halts_and_opens_again(client: NadoTestClient) -> None:
    await arm(client, "market_halt", product_id=ETH)
    assert await code_of(client) == 2069
    assert (await client.place(SOL, "140", "5", POST_ONLY))["status"] == "success"
    await disarm(client)
    assert await code_of(client) == 0


async def test_what_holds_a_market_is_not_held_twice(client: NadoTestClient) -> None:
    await arm(client, "market_halt", product_id=ETH)
    await arm(client, "market_halt", product_id=SOL)
    for second in ({"product_id": ETH}, {}):
        answer = await client.control("faults", {"name": "market_halt", **second})
        assert "armed already" in answer["error"]
        assert "; hint: " in answer["error"]


async def test_increments_grow_and_the_book_with_them(client: NadoTestClient) -> None:
    await arm(client, "product_change", product_id=ETH)
    assert await code_of(client, "3400.1") == 2000
    assert await code_of(client, "3400", "0.101") == 2001
    book = (await client.query("market_liquidity", product_id=ETH, depth=5))["data"]
    assert all(int(price) % ONE == 0 for price, _ in book["bids"] + book["asks"])
    await disarm(client)
    assert await code_of(client, "3400.1", "0.101") == 0


async def test_fees_change_and_return(client: NadoTestClient) -> None:
    await arm(client, "fee_change", taker_ppm=1_000, product_id=ETH)
    await hold(client)
    await disarm(client)
    await hold(client)
    newest, oldest = (await client.archive("matches", subaccounts=[client.sender], limit=5))["matches"][:2]
    rates = [int(row["fee"]) * ONE // abs(int(row["quote_filled"])) for row in (oldest, newest)]
    assert rates[0] > rates[1] * 2


async def test_a_thin_book_fills_one_order_in_many_parts(client: NadoTestClient) -> None:
    await arm(client, "thin_book", product_id=ETH, depth_percent=1)
    await hold(client)
    parts = (await client.archive("matches", subaccounts=[client.sender], limit=50))["matches"]
    assert len(parts) > 3
    await disarm(client)
    before = len(parts)
    await hold(client)
    assert len((await client.archive("matches", subaccounts=[client.sender], limit=50))["matches"]) == before + 1


async def test_a_side_of_the_book_is_empty_until_it_is_healed(client: NadoTestClient) -> None:
    await arm(client, "drained_book", product_id=ETH, side="asks")
    assert await code_of(client, "3550", "1", IOC) == 2056
    await disarm(client)
    assert await code_of(client, "3550", "1", IOC) == 0


async def test_a_price_jumps(client: NadoTestClient) -> None:
    before = client.venue.state.ledger.markets[ETH].oracle_price
    assert (await arm(client, "price_jump", product_id=ETH, move_bps=-100))["hit"] == ["ETH-PERP"]
    assert client.venue.state.ledger.markets[ETH].oracle_price == before * 99 // 100


@pytest.mark.parametrize("rate_bps", [10, -10])
async def test_funding_is_paid_now_and_may_change_its_sign(client: NadoTestClient, rate_bps: int) -> None:
    await hold(client)
    async with client.stream({"type": "funding_payment", "product_id": ETH}) as socket:
        await arm(client, "funding_now", product_id=ETH, rate_bps=rate_bps)
        paid = await socket.receive_json(timeout=5)
    price = client.venue.state.ledger.markets[ETH].oracle_price
    assert int(paid["payment_amount"]) == price * rate_bps // 10_000
    rows = await client.archive("interest_and_funding", subaccount=client.sender, product_ids=[ETH], limit=5)
    (row,) = rows["funding_payments"]
    assert (int(row["amount"]) < 0) is (rate_bps > 0)


async def test_a_margin_call_lets_nobody_add_risk_but_close(client: NadoTestClient) -> None:
    await hold(client)
    await arm(client, "margin_call", account=0)
    ledger = client.venue.state.ledger
    assert ledger.health(ledger.open(client.sender), HealthKind.INITIAL).health == 0
    assert await code_of(client, "3550", "1", IOC) == 2006
    assert (await client.place(ETH, "3450", "-1", IOC))["status"] == "success"


async def test_a_liquidation_takes_positions_and_orders(client: NadoTestClient) -> None:
    await hold(client)
    await client.place(ETH, "3400", "1", POST_ONLY)
    async with client.stream({"type": "liquidation", "product_id": ETH}) as socket:
        assert (await arm(client, "liquidate"))["hit"] == [str(ETH)]
        assert (await socket.receive_json(timeout=5))["liquidatee"] == client.sender
    assert await client.position(ETH) == 0
    assert client.venue.state.exchange.orders_of(client.sender) == []


@pytest.mark.parametrize("side", ["1", "-1"])
async def test_a_deleveraging_closes_a_part_at_the_oracle_price(client: NadoTestClient, side: str) -> None:
    await client.place(ETH, "3550" if side == "1" else "3450", side, IOC)
    ledger = client.venue.state.ledger
    account = ledger.open(client.sender)
    before = ledger.health(account, HealthKind.UNWEIGHTED).health
    async with client.stream(*client.private_streams(ETH)) as socket:
        await arm(client, "deleverage", product_id=ETH, percent=30)
        seen = await receive_until(socket, type="position_change")
    assert int(seen[-1]["amount"]) == await client.position(ETH) == x18(side) * 7 // 10
    assert ledger.health(account, HealthKind.UNWEIGHTED).health == before


async def test_somebody_trades_by_hand(client: NadoTestClient) -> None:
    for amount, held in (("0.5", "0.5"), ("-0.2", "0.3")):
        assert len((await arm(client, "manual_trade", product_id=ETH, amount=amount))["hit"]) == 1
        assert await client.position(ETH) == x18(held)
    assert client.venue.state.log.digests == {}, "no client sent it"


@pytest.mark.parametrize("given", [0.5, 1, "1e3", "half", "--1"])
async def test_an_amount_that_is_no_decimal_text_is_refused(client: NadoTestClient, given: object) -> None:
    answer = await client.control("faults", {"name": "manual_trade", "product_id": ETH, "amount": given})
    assert "no decimal text" in answer["error"]


async def test_a_key_is_revoked_and_restored(client: NadoTestClient, other: NadoTestClient) -> None:
    await arm(client, "key_revoked", account=0)
    assert await code_of(client) == 2028
    assert await code_of(other) == 0
    await disarm(client)
    assert await code_of(client) == 0


async def test_a_clock_that_jumps_stays_where_it_is_and_a_skew_adds_to_it(
    venue: LocalVenue, client: NadoTestClient
) -> None:
    real_ms = venue.clock.now_ns() // 10**6
    await arm(client, "clock_jump", jump_ms=-4_000)
    await arm(client, "clock_skew", skew_ms=1_000)
    assert venue.clock.now_ms() == real_ms - 3_000
    await disarm(client)
    assert venue.clock.now_ms() == real_ms - 4_000


async def test_a_stalled_venue_answers_when_it_wakes() -> None:
    async with LocalVenue("nado", seed=7) as venue, aiohttp.ClientSession() as session:
        client = NadoTestClient(venue, session)
        await arm(client, "stall")
        venue.clock.call_after_ms(300, lambda: venue.state.faults.armed.clear())
        began = time.monotonic()
        assert (await client.place(ETH, "3400", "1", DEFAULT))["status"] == "success"
        assert time.monotonic() - began >= 0.3
