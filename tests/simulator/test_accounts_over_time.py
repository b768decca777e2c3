"""Funding on a stepped clock, liquidation, determinism by seed, budgets, archive sums (Nado reference 6.9, 6.11, 7)."""

from __future__ import annotations

import aiohttp
import pytest
from nado_client import IOC, POST_ONLY, NadoTestClient, receive_until

from hedgewire.simulator.accounts import HealthKind
from hedgewire.simulator.fixed import mul, x18
from hedgewire.simulator.server import LocalVenue

ETH = 4
START_NS = 1_760_000_000_000_000_000


async def test_funding_is_paid_every_hour_and_applied_lazily(venue: LocalVenue, client: NadoTestClient) -> None:
    await client.place(ETH, "3550", "10", IOC)
    account = venue.state.account(client.sender)
    before = venue.state.ledger.view(account, ETH)
    async with client.stream({"type": "funding_payment", "product_id": ETH}) as socket:
        venue.clock.step_ms(3_600_000)
        event = (await receive_until(socket, type="funding_payment"))[-1]
    assert event["dt"] == 3600
    paid = int(event["payment_amount"])
    assert paid != 0
    after = venue.state.ledger.view(account, ETH)
    assert after.v_quote == before.v_quote - mul(paid, x18("10"))
    assert venue.state.ledger.markets[ETH].cumulative_funding == paid


async def test_a_day_has_24_payments(venue: LocalVenue, client: NadoTestClient) -> None:
    venue.state.market.frozen.update((2, 4, 8))
    venue.clock.step_ms(86_400_000)
    history = await client.archive("funding_rate_history", product_id=ETH, limit=100)
    assert len(history["funding_rates"]) == 24


async def test_an_account_below_maintenance_is_liquidated(venue: LocalVenue, client: NadoTestClient) -> None:
    await client.control("liquidity", {"symbol": "ETH-PERP", "freeze": True, "depth_percent": 5000})
    for _ in range(8):
        assert (await client.place(ETH, "3550", "120", IOC))["status"] == "success"
    account = venue.state.account(client.sender)
    async with client.stream({"type": "liquidation", "product_id": None}) as socket:
        await client.control("price", {"symbol": "ETH-PERP", "price": "3400"})
        assert venue.state.ledger.health(account, HealthKind.MAINTENANCE).health < 0
        venue.clock.step_ms(1000)
        event = (await receive_until(socket, type="liquidation"))[-1]
    assert event["liquidatee"] == client.sender
    assert await client.position(ETH) == 0


async def state_after(seed: int, steps: int) -> object:
    async with (
        LocalVenue("nado", seed=seed, paused=True, start_ns=START_NS) as venue,
        aiohttp.ClientSession() as session,
    ):
        client = NadoTestClient(venue, session)
        await client.place(ETH, "3600", "1", IOC)
        venue.clock.step_ms(steps * 100)
        await client.place(ETH, "3300", "-1", IOC)
        async with session.get(client.endpoints["control"] + "/state") as response:
            return await response.json()


async def test_the_same_seed_gives_the_same_market() -> None:
    first, again, different = await state_after(5, 50), await state_after(5, 50), await state_after(6, 50)
    assert first == again
    assert first != different


async def test_keys_depend_on_the_seed_only() -> None:
    assert LocalVenue("nado", seed=5).descriptor["accounts"] == LocalVenue("nado", seed=5).descriptor["accounts"]
    assert LocalVenue("nado", seed=5).descriptor["accounts"] != LocalVenue("nado", seed=6).descriptor["accounts"]


async def test_budgets_refuse_with_429_and_recover(venue: LocalVenue, client: NadoTestClient) -> None:
    url = client.endpoints["gateway_v1"] + "/query"
    statuses = [(await client.session.post(url, json={"type": "all_products"})).status for _ in range(81)]
    assert statuses == [200] * 80 + [429]
    venue.clock.step_ms(10_001)
    assert (await client.session.post(url, json={"type": "all_products"})).status == 200
    tx = {"sender": client.sender, "productIds": [], "nonce": str(client.nonce())}
    for expected in ("success", "success", "failure"):
        tx["nonce"] = str(client.nonce())
        reply = await client.execute("cancel_product_orders", client.signed("CancellationProducts", tx))
        assert reply["status"] == expected


async def test_archive_matches_sum_to_the_position_and_the_fee(client: NadoTestClient) -> None:
    digest = (await client.place(ETH, "3550", "0.5", IOC))["data"]["digest"]
    reply = await client.archive("matches", subaccounts=[client.sender], product_ids=[ETH], limit=10)
    base = sum(int(m["base_filled"]) for m in reply["matches"])
    assert base == await client.position(ETH) == x18("0.5")
    newest = reply["matches"][0]
    price = -(int(newest["quote_filled"]) + int(newest["fee"])) * 10**18 // int(newest["base_filled"])
    assert x18("3499") < price < x18("3551")
    assert {t["submission_idx"] for t in reply["txs"]} == {m["submission_idx"] for m in reply["matches"]}
    orders = (await client.archive("orders", digests=[digest]))["orders"]
    assert orders[0]["base_filled"] == str(base)
    assert orders[0]["fee"] == str(sum(int(m["fee"]) for m in reply["matches"]))


@pytest.mark.parametrize(
    "body", [{"nonsense": {}}, {"orders": {"limit": 501}}, {"orders": {"digests": ["0x"], "subaccounts": ["0x"]}}]
)
async def test_archive_errors_are_http_errors(client: NadoTestClient, body: object) -> None:
    response = await client.session.post(client.endpoints["archive_v1"], json=body)
    assert response.status == 400
    assert set(await response.json()) == {"error", "error_code"}


async def test_max_order_size_is_the_exact_edge(client: NadoTestClient) -> None:
    await client.control("liquidity", {"symbol": "ETH-PERP", "freeze": True})
    params = {"sender": client.sender, "product_id": ETH, "price_x18": str(x18("3450")), "direction": "long"}
    size = int((await client.query("max_order_size", **params))["data"]["max_order_size"])
    lot = x18("0.001")
    fits, too_much = size // 10**15, (size + lot) // 10**15
    assert (await client.place(ETH, "3450", f"{too_much / 1000:.3f}", POST_ONLY))["error_code"] == 2006
    assert (await client.place(ETH, "3450", f"{fits / 1000:.3f}", POST_ONLY))["status"] == "success"


async def test_what_if_deltas_do_not_change_the_account(client: NadoTestClient) -> None:
    delta = {"product_id": ETH, "subaccount": client.sender, "amount_delta": str(x18("1")), "v_quote_delta": "0"}
    txns = f'[{{"apply_delta":{str(delta).replace(chr(39), chr(34))}}}]'
    info = (await client.query("subaccount_info", subaccount=client.sender, txns=txns, pre_state="true"))["data"]
    assert int(info["healths"][2]["health"]) > int(info["pre_state"]["healths"][2]["health"])
    assert await client.position(ETH) == 0
