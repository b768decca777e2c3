"""Tokens, subkeys, onboarding, budgets, pages of the local Paradex."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from paradex_client import ETH, ParadexTestClient

from hedgewire.simulator.server import LocalVenue
from hedgewire.simulator.wire.paradex.keys import account_address
from hedgewire.simulator.wire.paradex.margin import account_value
from hedgewire.simulator.wire.paradex.products import ACCOUNT_HASH, PROXY_HASH
from hedgewire.simulator.wire.paradex.stark_curve import public_key

SUBKEY = 0x1A2B3C4D5E6F


async def test_a_token_lives_five_minutes(trader: ParadexTestClient) -> None:
    await trader.get("/account")
    await trader.control("clock", {"step_ms": 301_000})
    status, answer = await trader.request("GET", "/account")
    assert (status, answer) == (401, {"message": "missing or malformed jwt: token is expired by 1.0s"})
    await trader.login()
    assert (await trader.get("/account"))["account"] == trader.address


async def test_nobody_gets_in_without_a_good_token(trader: ParadexTestClient) -> None:
    for token in ("", "a.b.c", trader.token[:-2]):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        assert (await trader.request("GET", "/orders", headers=headers))[0] == 401


async def test_only_the_accounts_own_key_logs_in(trader: ParadexTestClient) -> None:
    for headers, error in (
        (trader.auth_headers(key=SUBKEY), "STARKNET_SIGNATURE_VERIFICATION_FAILED"),
        (trader.auth_headers(ahead_s=-4000), "INVALID_TIMESTAMP"),
        (trader.auth_headers() | {"PARADEX-STARKNET-ACCOUNT": "0x123"}, "NOT_ONBOARDED"),
        (trader.auth_headers() | {"PARADEX-STARKNET-SIGNATURE": "[1]"}, "INVALID_STARKNET_SIGNATURE"),
    ):
        status, answer = await trader.request("POST", "/auth", headers=headers)
        assert (status >= 400, answer["error"]) == (True, error)
    assert "jwt_token" in (await trader.request("POST", "/auth", headers=trader.auth_headers()))[1]


async def test_a_new_account_is_onboarded_and_has_no_money(trader: ParadexTestClient) -> None:
    key = public_key(SUBKEY)
    address = account_address(key, ACCOUNT_HASH, PROXY_HASH)
    question = f"/onboarding?account_signer_type=starknet&public_key={key:#x}"
    assert (await trader.get(question)) | {"derivation_info": {}} == {
        "address": hex(address),
        "exists": False,
        "account_signer_type": "starknet",
        "derivation_info": {},
    }
    trader.address, trader.l2_key, trader.public_key = hex(address), SUBKEY, hex(key)
    headers = {
        "PARADEX-ETHEREUM-ACCOUNT": "0x" + "11" * 20,
        "PARADEX-STARKNET-ACCOUNT": hex(address),
        "PARADEX-STARKNET-SIGNATURE": trader.signature("Constant", ["Onboarding"]),
    }
    for _ in range(2):
        assert await trader.request("POST", "/onboarding", {"public_key": hex(key)}, headers=headers) == (200, "")
    await trader.login()
    assert (await trader.get("/account"))["account_value"] == "0"
    assert (await trader.placed(ETH, "BUY", "0.5", "3400"))["cancel_reason"] == "NOT_ENOUGH_MARGIN"
    await trader.control("deposit", {"account": hex(address), "amount": "1000"})
    assert (await trader.placed(ETH, "BUY", "0.5", "3400"))["status"] == "OPEN"
    (transfer,) = (await trader.get("/transfers"))["results"]
    assert (transfer["kind"], transfer["amount"]) == ("DEPOSIT", "1000")


async def test_a_subkey_trades_until_it_is_revoked(trader: ParadexTestClient) -> None:
    key = hex(public_key(SUBKEY))
    assert (await trader.request("POST", "/account/keys/subkeys", {"name": "bot", "public_key": key}))[0] == 201
    main = trader.token
    status, answer = await trader.request("POST", f"/auth/{key}", headers=trader.auth_headers(key=SUBKEY))
    assert status == 200
    trader.token, main_key, trader.l2_key = answer["jwt_token"], trader.l2_key, SUBKEY
    assert (await trader.placed(ETH, "BUY", "0.5", "3400"))["status"] == "OPEN"
    assert (await trader.request("DELETE", f"/account/keys/subkeys/{key}"))[0] == 403
    trader.token = main
    assert [row["name"] for row in (await trader.get("/account/keys/subkeys"))["results"]] == ["bot"]
    assert (await trader.request("DELETE", f"/account/keys/subkeys/{key}"))[1] == {"public_key": key}
    status, answer = await trader.request("POST", "/orders", trader.order(ETH, "BUY", "0.5", "3400"))
    assert (status, answer["error"]) == (400, "INVALID_ORDER_SIGNATURE")
    trader.l2_key = main_key
    assert (await trader.placed(ETH, "BUY", "0.5", "3400"))["status"] == "OPEN"


async def test_every_answer_tells_of_its_budget_and_429_when_it_is_spent(trader: ParadexTestClient) -> None:
    await trader.get("/account")
    names = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-window")
    limit, remaining, reset, window = (int(trader.headers[name]) for name in names)
    assert (limit, window) in ((120, 1), (600, 60))
    assert 0 <= remaining < limit
    assert reset > trader.venue.clock.now_ms() // 1000
    answers = await asyncio.gather(*(trader.request("GET", "/account") for _ in range(130)))
    refused = [body for status, body in answers if status == 429]
    assert refused
    assert refused[0] == {"message": "rate limit exceeded"}
    await trader.control("limits", {"enabled": False})
    await trader.get("/account")
    assert int(trader.headers["paradigm-request-received"]) == trader.venue.clock.now_ns()


async def test_pages_are_newest_first_and_follow_signed_cursors_only(
    trader: ParadexTestClient, other_trader: ParadexTestClient
) -> None:
    for _ in range(5):
        await trader.placed(ETH, "BUY", "0.01")
    everything = [row["id"] for row in (await trader.get("/fills"))["results"]]
    assert everything == sorted(everything, reverse=True)
    first = await trader.get("/fills?page_size=2")
    assert (first["prev"], [row["id"] for row in first["results"]]) == (None, everything[:2])
    second = await trader.get(f"/fills?page_size=2&cursor={first['next']}")
    assert [row["id"] for row in second["results"]] == everything[2:4]
    last = await trader.get(f"/fills?page_size=2&cursor={second['next']}")
    assert (last["next"], [row["id"] for row in last["results"]]) == (None, everything[4:])
    back = await trader.get(f"/fills?page_size=2&cursor={second['prev']}")
    assert [row["id"] for row in back["results"]] == everything[:2]
    for client, cursor in ((trader, "bjE3"), (trader, first["next"][:-4] + "AAA="), (other_trader, first["next"])):
        status, answer = await client.request("GET", f"/fills?cursor={cursor}")
        assert (status, answer["error"]) == (400, "INVALID_REQUEST_PARAMETER")


async def test_histories_are_cut_by_time(trader: ParadexTestClient) -> None:
    await trader.placed(ETH, "BUY", "0.01")
    await trader.control("clock", {"step_ms": 10_000})
    now_ms = trader.venue.clock.now_ms()
    await trader.placed(ETH, "BUY", "0.01")
    assert len((await trader.get(f"/fills?start_at={now_ms}"))["results"]) == 1
    assert len((await trader.get(f"/fills?end_at={now_ms - 1}"))["results"]) == 1
    assert len((await trader.get("/orders-history?status=CLOSED&side=BUY"))["results"]) == 2
    assert (await trader.get("/orders-history?side=SELL"))["results"] == []


async def test_interactive_orders_are_free_and_slow() -> None:
    async with LocalVenue("paradex", seed=7) as venue, ParadexTestClient.session_of(venue) as client:
        await client.login(query="?token_usage=interactive")
        order = await client.place(ETH, "BUY", "0.5")
        assert order["flags"] == ["INTERACTIVE"]
        async with client.socket("fills.ALL") as socket:
            fill = await client.next_push(socket, "fills.ALL")
        assert (fill["fee"], fill["flags"]) == ("0", ["interactive"])
        assert fill["created_at"] - order["created_at"] >= 300


async def test_funding_accrues_by_the_second_and_is_settled_by_a_fill(trader: ParadexTestClient) -> None:
    await trader.placed(ETH, "BUY", "10")
    await trader.control("clock", {"step_ms": 3_600_000})
    await trader.login()
    (position,) = (await trader.get("/positions"))["results"]
    assert float(position["unrealized_funding_pnl"]) == pytest.approx(-10 * 3500 * 0.0001 / 8, rel=0.2)
    rows = (await trader.get(f"/funding/data?market={ETH}"))["results"]
    assert rows[0]["funding_period_hours"] == 8
    assert float(rows[0]["funding_index"]) > float(rows[-1]["funding_index"])
    value = float((await trader.get("/account"))["account_value"])
    await trader.placed(ETH, "SELL", "10")
    (payment,) = (await trader.get(f"/funding/payments?market={ETH}"))["results"]
    assert float(payment["payment"]) == pytest.approx(float(position["unrealized_funding_pnl"]), rel=0.01)
    fill = (await trader.get("/fills?page_size=1"))["results"][0]
    assert (fill["realized_funding"], fill["id"]) == (payment["payment"], payment["fill_id"])
    account = await trader.get("/account")
    assert float(account["total_collateral"]) == pytest.approx(value - float(fill["fee"]), abs=10)
    assert account["total_collateral"] == account["account_value"]


async def test_a_chosen_leverage_raises_the_margin(trader: ParadexTestClient) -> None:
    await trader.placed(ETH, "BUY", "1")
    before = float((await trader.get("/account"))["initial_margin_requirement"])
    for leverage, kind, status in ((5, "CROSS", 200), (51, "CROSS", 400), (0, "CROSS", 400), (5, "ISOLATED", 400)):
        body = {"leverage": leverage, "margin_type": kind}
        assert (await trader.request("POST", f"/account/margin/{ETH}", body))[0] == status
    (config,) = (await trader.get(f"/account/margin?market={ETH}"))["configs"]
    assert (config["leverage"], config["margin_type"]) == (5, "CROSS")
    after = float((await trader.get("/account"))["initial_margin_requirement"])
    assert after / before == pytest.approx((0.2 + 0.00045) / (0.02 + 0.00045), rel=1e-3)


async def test_connections_have_a_budget(trader: ParadexTestClient) -> None:
    sockets = [await trader.session.ws_connect(trader.endpoints["ws"]) for _ in range(20)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await trader.session.ws_connect(trader.endpoints["ws"])
    assert refused.value.status == 429
    for socket in sockets:
        await socket.close()


async def test_orders_go_when_the_initial_margin_is_gone(trader: ParadexTestClient) -> None:
    """What only reduces stays; of the rest the most passive goes first."""
    await trader.placed(ETH, "BUY", "1")
    away = await trader.place(ETH, "BUY", "500", "3300")
    near = await trader.place(ETH, "BUY", "500", "3400")
    reducing = await trader.place(ETH, "SELL", "1", "3600", flags=["REDUCE_ONLY"])
    trader.venue.state.account(trader.address).quote -= 50_000 * 10**18
    await trader.control("clock", {"step_ms": 5_100})
    states = [await trader.get(f"/orders/{order['id']}") for order in (away, near, reducing)]
    assert [(order["status"], order["cancel_reason"]) for order in states] == [
        ("CLOSED", "DELEVERAGE"),
        ("OPEN", ""),
        ("OPEN", ""),
    ]


@pytest.mark.parametrize(("left_usd", "size"), [(3_300, "60"), (2_500, "20"), (1, "0")])
async def test_a_liquidation_takes_fifths_until_the_rest_is_carried(
    trader: ParadexTestClient, left_usd: int, size: str
) -> None:
    """100 ETH need about 3,650 USDC of maintenance margin."""
    await trader.placed(ETH, "BUY", "100")
    resting = await trader.place(ETH, "BUY", "1", "3400")
    ledger, account = trader.venue.state.ledger, trader.venue.state.account(trader.address)
    account.quote -= account_value(ledger, account) - left_usd * 10**18
    await trader.control("liquidity", {"freeze": True})
    await trader.control("clock", {"step_ms": 5_100})
    assert await trader.size(ETH) == size
    assert (await trader.get(f"/orders/{resting['id']}"))["cancel_reason"] == "IN_LIQUIDATION"
    fill = (await trader.get("/fills?page_size=1"))["results"][0]
    assert (fill["fill_type"], fill["order_id"], fill["orderbook_seq_no"]) == ("LIQUIDATION", "", 0)
    assert (await trader.get("/account"))["status"] == "ACTIVE" or size == "0"


async def test_a_settlement_changes_nothing_that_is_shown(trader: ParadexTestClient) -> None:
    """Also of a market that was only looked at."""
    await trader.placed(ETH, "BUY", "1")
    trader.venue.state.ledger.position(trader.venue.state.account(trader.address), 3)
    before = await trader.get("/account")
    assert (await trader.control("settle", {})) == {"settled": 2}
    after = await trader.get("/account")
    for key in ("account_value", "total_collateral", "initial_margin_requirement"):
        assert after[key] == before[key]
