"""Placing and cancelling over the wire: types, refusals, codes, event sequences (reference 2.5, 2.6, 4.4, 11.5)."""

from __future__ import annotations

import pytest
from nado_client import DEFAULT, FOK, IOC, POST_ONLY, NadoTestClient, receive_until

from hedgewire.simulator.fixed import x18
from hedgewire.simulator.server import LocalVenue

ETH = 4


def clear_book(venue: LocalVenue) -> None:
    """No background liquidity on ETH: only test orders meet."""
    venue.state.market.frozen.add(ETH)
    venue.state.market._withdraw(ETH)


async def test_ioc_takes_from_the_background_market(client: NadoTestClient) -> None:
    reply = await client.place(ETH, "3550", "0.5", IOC, id=42)
    assert reply["status"] == "success" and reply["id"] == 42, reply
    assert await client.position(ETH) == x18("0.5")


@pytest.mark.parametrize(
    ("price", "amount", "appendix", "code"),
    [
        ("3500.05", "1", DEFAULT, 2000),
        ("3500", "1.0005", DEFAULT, 2001),
        ("3500", "0", DEFAULT, 2002),
        ("2000", "1", DEFAULT, 2007),
        ("3550", "1", POST_ONLY, 2008),
        ("3450", "1", IOC, 2056),
        ("3501", "500", FOK, 2031),
        ("3500", "2000", DEFAULT, 2006),
        ("3500", "0.01", DEFAULT, 2094),
        ("3500", "1", 2, 2095),
        ("3500", "1", DEFAULT | 1 << 14, 2038),
        ("3500", "1", DEFAULT | 1 << 37, 2038),
        ("3500", "1", 2561, 2064),
        ("3500", "1", 2049, 2067),
        ("3500", "1", 4609, 2097),
    ],
)
async def test_refusals_carry_their_code(
    client: NadoTestClient, price: str, amount: str, appendix: int, code: int
) -> None:
    reply = await client.place(ETH, price, amount, appendix)
    assert (reply["status"], reply["error_code"]) == ("failure", code), reply
    assert await client.position(ETH) == 0


async def test_a_bad_signature_is_refused(client: NadoTestClient, other: NadoTestClient) -> None:
    reply = await client.place(ETH, "3500", "1", DEFAULT, key=other.key)
    assert reply["error_code"] == 2028
    body = client.order(ETH, "3500", "1", DEFAULT)
    body["order"]["amount"] = str(x18("2"))
    assert (await client.execute("place_order", body))["error_code"] == 2028
    body = client.order(ETH, "3500", "1", DEFAULT)
    body["product_id"] = 8
    assert (await client.execute("place_order", body))["error_code"] == 2028
    cancel = client.cancellation([ETH], ["0x" + "11" * 32])
    cancel["tx"]["nonce"] = str(int(cancel["tx"]["nonce"]) + 1)
    assert (await client.execute("cancel_orders", cancel))["error_code"] == 2028


async def test_nonce_window_and_duplicate_digest(client: NadoTestClient) -> None:
    assert (await client.place(ETH, "3400", "1", DEFAULT, nonce=client.nonce(-1)))["error_code"] == 2011
    assert (await client.place(ETH, "3400", "1", DEFAULT, nonce=client.nonce(100_001)))["error_code"] == 2012
    body = client.order(ETH, "3400", "1", DEFAULT)
    assert (await client.execute("place_order", body))["status"] == "success"
    assert (await client.execute("place_order", body))["error_code"] == 2013
    log = await client.query("orders", sender=client.sender, product_ids=[ETH])
    assert len(log["data"]["product_orders"][0]["orders"]) == 1


async def test_cancel_by_digest_product_and_by_stranger(client: NadoTestClient, other: NadoTestClient) -> None:
    digest = (await client.place(ETH, "3400", "1", POST_ONLY))["data"]["digest"]
    stranger = await other.execute("cancel_orders", other.cancellation([ETH], [digest]))
    assert stranger["error_code"] == 2014
    reply = await client.execute("cancel_orders", client.cancellation([ETH], [digest]))
    assert [o["digest"] for o in reply["data"]["cancelled_orders"]] == [digest]
    again = await client.execute("cancel_orders", client.cancellation([ETH], [digest]))
    assert again["error_code"] == 2020
    for price in ("3400", "3401"):
        await client.place(ETH, price, "1", POST_ONLY)
    tx = {"sender": client.sender, "productIds": [], "nonce": str(client.nonce())}
    reply = await client.execute("cancel_product_orders", client.signed("CancellationProducts", tx))
    assert len(reply["data"]["cancelled_orders"]) == 2


async def test_cancel_and_place_replaces_one_order(client: NadoTestClient) -> None:
    old = (await client.place(ETH, "3400", "1", POST_ONLY))["data"]["digest"]
    cancel = client.cancellation([ETH], [old])
    body = {
        "cancel_tx": cancel["tx"],
        "cancel_signature": cancel["signature"],
        "place_order": client.order(ETH, "3401", "1", POST_ONLY, id=9),
    }
    reply = await client.execute("cancel_and_place", body)
    assert reply["status"] == "success"
    assert reply["id"] == 9
    rows = (await client.query("subaccount_orders", sender=client.sender, product_id=ETH))["data"]["orders"]
    assert [row["digest"] for row in rows] == [reply["data"]["digest"]] != [old]


async def test_batch_reports_each_order(client: NadoTestClient) -> None:
    orders = [client.order(ETH, "3400", "1", POST_ONLY), client.order(ETH, "3400.05", "1", POST_ONLY)]
    reply = await client.execute("place_orders", {"orders": orders})
    assert reply["status"] == "success"
    assert [item["digest"] is not None for item in reply["data"]] == [True, False]


@pytest.mark.proves("R003-037")
async def test_taker_that_takes_two_and_rests_has_the_documented_events(
    venue: LocalVenue, client: NadoTestClient, other: NadoTestClient
) -> None:
    clear_book(venue)
    for price in ("3500", "3500.1"):
        assert (await other.place(ETH, price, "-1", POST_ONLY))["status"] == "success"
    streams = [*client.private_streams(), {"type": "trade", "product_id": ETH}]
    async with client.stream(*streams, {"type": "best_bid_offer", "product_id": ETH}) as socket:
        reply = await client.place(ETH, "3500.2", "10", DEFAULT, id=5)
        digest = reply["data"]["digest"]
        seen = await receive_until(socket, type="best_bid_offer")
    kinds = [(m["type"], m.get("reason")) for m in seen]
    assert kinds == [
        ("trade", None),
        ("trade", None),
        ("fill", None),
        ("fill", None),
        ("order_update", "filled"),
        ("order_update", "filled"),
        ("order_update", "placed"),
        ("position_change", "match_orders"),
        ("best_bid_offer", None),
    ]
    assert len({m["timestamp"] for m in seen}) == 1
    updates = [m["amount"] for m in seen if m["type"] == "order_update"]
    assert updates == [str(x18("9")), str(x18("8")), str(x18("8"))]
    fills = [m for m in seen if m["type"] == "fill"]
    assert all(m["order_digest"] == digest and m["id"] == 5 and m["is_taker"] and m["is_bid"] for m in fills)
    assert [m["remaining_qty"] for m in fills] == [str(x18("9")), str(x18("8"))]
    assert seen[-1]["bid_price"] == str(x18("3500.2"))
    assert seen[-1]["ask_qty"] == "0"


async def test_own_resting_order_is_cancelled_instead_of_self_matched(
    venue: LocalVenue, client: NadoTestClient
) -> None:
    clear_book(venue)
    await client.place(ETH, "3500", "-1", POST_ONLY)
    async with client.stream(*client.private_streams()) as socket:
        reply = await client.place(ETH, "3500", "1", IOC)
        assert reply["error_code"] == 2056
        seen = await receive_until(socket, type="order_update")
        assert seen[-1]["reason"] == "cancelled"
        assert seen[-1]["amount"] == "0"
    assert await client.position(ETH) == 0


async def test_expired_order_leaves_the_book(venue: LocalVenue, client: NadoTestClient) -> None:
    assert (await client.place(ETH, "3400", "1", DEFAULT, expiration=1))["error_code"] == 2004
    soon = venue.clock.now_s() + 5
    digest = (await client.place(ETH, "3400", "1", DEFAULT, expiration=soon))["data"]["digest"]
    venue.clock.step_ms(7000)
    assert (await client.query("order", product_id=ETH, digest=digest))["error_code"] == 2020


async def test_isolated_position_lives_in_a_child_and_returns(client: NadoTestClient) -> None:
    appendix = 769 + (150_000_000 << 64)
    reply = await client.place(ETH, "3550", "0.5", appendix)
    assert reply["status"] == "success", reply
    rows = (await client.query("isolated_positions", subaccount=client.sender))["data"]["isolated_positions"]
    assert len(rows) == 1
    assert rows[0]["subaccount"].endswith("69736f")
    assert rows[0]["base_balance"]["balance"]["amount"] == str(x18("0.5"))
    assert rows[0]["quote_balance"]["balance"]["amount"] == str(x18("150"))
    assert await client.position(ETH) == 0
    assert (await client.place(ETH, "3450", "-0.5", 2817))["status"] == "success"
    rows = (await client.query("isolated_positions", subaccount=client.sender))["data"]["isolated_positions"]
    assert rows == []
    balance = client.venue.state.account(client.sender).quote
    assert x18("99990") < balance < x18("100000")
