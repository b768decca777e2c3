"""The trigger service: price triggers, dependencies, TWAP, cancels, lists (Nado reference 6.6)."""

from __future__ import annotations

from typing import Any

import pytest
from nado_client import POST_ONLY, NadoTestClient

from hedgewire.simulator.fixed import x18
from hedgewire.simulator.server import LocalVenue

ETH = 4
PRICE, PRICE_IOC, TWAP_IOC = 4097, 4609, 8705


async def send(client: NadoTestClient, body: dict[str, Any]) -> dict[str, Any]:
    return await client.post(client.endpoints["trigger"] + "/execute", body)


def when(requirement: str, price: str, **more: object) -> dict[str, object]:
    return {"price_trigger": {"price_requirement": {requirement: str(x18(price))}, **more}}


async def statuses(client: NadoTestClient) -> dict[str, Any]:
    tx = {"sender": client.sender, "recvTime": str(client.venue.clock.now_ms() + 10_000)}
    body = {"type": "list_trigger_orders", **client.signed("ListTriggerOrders", tx)}
    reply = await client.post(client.endpoints["trigger"] + "/query", body)
    return {row["order"]["digest"]: row["status"] for row in reply["data"]["orders"]}


async def test_a_stop_triggers_with_its_own_digest(venue: LocalVenue, client: NadoTestClient) -> None:
    body = client.order(ETH, "3000", "-1", PRICE_IOC, trigger=when("oracle_price_below", "3400"))
    digest = (await send(client, {"place_order": body}))["data"]["digest"]
    venue.clock.step_ms(500)
    assert (await statuses(client))[digest] == "waiting_price"
    await client.control("price", {"symbol": "ETH-PERP", "price": "3390"})
    venue.clock.step_ms(200)
    assert "triggered" in (await statuses(client))[digest]
    assert await client.position(ETH) == -x18("1")
    matches = (await client.archive("matches", subaccounts=[client.sender]))["matches"]
    assert {m["digest"] for m in matches} == {digest}


async def test_a_dependency_waits_for_the_other_fill(venue: LocalVenue, client: NadoTestClient) -> None:
    bid = (await client.query("market_price", product_id=ETH))["data"]["bid_x18"]
    entry = (await client.place(ETH, f"{int(bid) / 10**18:.1f}", "0.1", POST_ONLY))["data"]["digest"]
    trigger = when("oracle_price_above", "100", dependency={"digest": entry, "on_partial_fill": False})
    body = client.order(ETH, "3300", "-0.1", PRICE_IOC, trigger=trigger)
    digest = (await send(client, {"place_order": body}))["data"]["digest"]
    assert (await statuses(client))[digest] == "waiting_dependency"
    for _ in range(100):
        venue.clock.step_ms(100)
        if "triggered" in (await statuses(client))[digest]:
            break
    assert "triggered" in (await statuses(client))[digest]


async def test_a_twap_trades_its_slices_under_one_digest(venue: LocalVenue, client: NadoTestClient) -> None:
    appendix = TWAP_IOC + (((3 << 32) | 10_000) << 64)
    expiration = venue.clock.now_s() + 3600
    trigger = {"time_trigger": {"interval": 60}}
    body = client.order(ETH, "3600", "3", appendix, trigger=trigger, expiration=expiration)
    digest = (await send(client, {"place_order": body}))["data"]["digest"]
    venue.clock.step_ms(200)
    assert await client.position(ETH) == x18("1")
    venue.clock.step_ms(120_000)
    assert await client.position(ETH) == x18("3")
    assert (await statuses(client))[digest] == {"twap_completed": {"executed": 3, "total": 3}}
    query = {"type": "list_twap_executions", "digest": digest}
    rows = (await client.post(client.endpoints["trigger"] + "/query", query))["data"]["executions"]
    assert all("executed" in row["status"] for row in rows)


async def test_cancels_need_the_owner(client: NadoTestClient, other: NadoTestClient) -> None:
    body = client.order(ETH, "3000", "-1", PRICE, trigger=when("last_price_below", "3000"))
    digest = (await send(client, {"place_order": body}))["data"]["digest"]
    assert (await send(other, {"cancel_orders": other.cancellation([ETH], [digest])}))["error_code"] == 2058
    assert (await send(client, {"cancel_orders": client.cancellation([ETH], [digest])}))["status"] == "success"
    assert (await statuses(client))[digest] == {"cancelled": "user_requested"}


async def test_expired_trigger_orders_are_cancelled(venue: LocalVenue, client: NadoTestClient) -> None:
    expiration = venue.clock.now_s() + 2
    body = client.order(ETH, "3000", "-1", PRICE, trigger=when("mid_price_below", "3000"), expiration=expiration)
    digest = (await send(client, {"place_order": body}))["data"]["digest"]
    venue.clock.step_ms(3000)
    assert (await statuses(client))[digest] == {"cancelled": "expired"}


@pytest.mark.parametrize(
    ("appendix", "trigger", "code"),
    [
        (1, when("oracle_price_below", "3000"), 2059),
        (PRICE, {"price_trigger": {"price_requirement": {"moon_above": "1"}}}, 2097),
        (8193 + (2 << 96), {"time_trigger": {"interval": 60}}, 2099),
        (TWAP_IOC, {"time_trigger": {"interval": 60}}, 2100),
        (TWAP_IOC + (501 << 96), {"time_trigger": {"interval": 60}}, 2100),
        (TWAP_IOC + (2 << 96), {"time_trigger": {"interval": 3601}}, 2102),
    ],
)
async def test_bad_trigger_orders_are_refused(
    client: NadoTestClient, appendix: int, trigger: dict[str, Any], code: int
) -> None:
    body = client.order(ETH, "3000", "-2", appendix, trigger=trigger)
    assert (await send(client, {"place_order": body}))["error_code"] == code


async def test_the_gateway_refuses_trigger_orders(client: NadoTestClient) -> None:
    assert (await client.place(ETH, "3000", "-1", PRICE))["error_code"] == 2097


async def waiting_for(client: NadoTestClient, digest: str) -> str:
    trigger = when("oracle_price_above", "100", dependency={"digest": digest, "on_partial_fill": False})
    body = client.order(ETH, "3300", "-0.1", PRICE_IOC, trigger=trigger)
    return str((await send(client, {"place_order": body}))["data"]["digest"])


async def test_a_dependency_can_be_moved_and_dies_with_its_order(client: NadoTestClient) -> None:
    first, second = [(await client.place(ETH, "3400", "1", POST_ONLY))["data"]["digest"] for _ in range(2)]
    digest = await waiting_for(client, first)
    tx = {"sender": client.sender, "oldDigest": first, "newDigest": second, "nonce": str(client.nonce())}
    move = {"update_dependency": client.signed("DependencyUpdate", tx)}
    assert (await send(client, move))["status"] == "success"
    assert (await send(client, move))["error_code"] == 2058
    await client.execute("cancel_orders", client.cancellation([ETH], [first]))
    assert (await statuses(client))[digest] == "waiting_dependency"
    await client.execute("cancel_orders", client.cancellation([ETH], [second]))
    assert (await statuses(client))[digest] == {"cancelled": "dependent_order_cancelled"}


async def test_linking_a_signer_cancels_what_waits(client: NadoTestClient) -> None:
    body = client.order(ETH, "3000", "-1", PRICE_IOC, trigger=when("oracle_price_below", "3400"))
    digest = (await send(client, {"place_order": body}))["data"]["digest"]
    tx = {"sender": client.sender, "signer": "0x" + "22" * 20 + "00" * 12, "nonce": "0"}
    await client.execute("link_signer", client.signed("LinkSigner", tx))
    assert (await statuses(client))[digest] == {"cancelled": "linked_signer_changed"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, True),
        ({"status_types": ["waiting_price"]}, True),
        ({"status_types": ["triggered", "cancelled"]}, False),
        ({"trigger_types": ["price_trigger"]}, True),
        ({"trigger_types": ["time_trigger"]}, False),
        ({"reduce_only": True}, False),
        ({"max_update_time": 1_759_999_999}, False),
        ({"product_ids": [8]}, False),
        ({"product_ids": [], "digests": None, "limit": 1}, True),
    ],
)
async def test_listings_are_filtered(client: NadoTestClient, asked: dict[str, Any], found: bool) -> None:
    body = client.order(ETH, "3000", "-1", PRICE_IOC, trigger=when("oracle_price_below", "3400"))
    await send(client, {"place_order": body})
    tx = {"sender": client.sender, "recvTime": str(client.venue.clock.now_ms() + 10_000)}
    question = {"type": "list_trigger_orders", **client.signed("ListTriggerOrders", tx), **asked}
    reply = await client.post(client.endpoints["trigger"] + "/query", question)
    assert bool(reply["data"]["orders"]) == found
