"""What the archive says about states at a time, in the shapes of nado-sdk 3.0.0's own structs."""

from __future__ import annotations

import pytest
from nado_client import IOC, Json, NadoTestClient

from hedgewire.simulator.fixed import x18
from hedgewire.simulator.server import LocalVenue

ETH, SOL = 4, 8
ISOLATED_IOC = 769
START_S = 1_760_000_000


async def buy(client: NadoTestClient, amount: str = "1") -> None:
    assert (await client.place(ETH, "3550", amount, IOC))["status"] == "success"


async def test_market_snapshots_tell_how_volume_grew(venue: LocalVenue, client: NadoTestClient) -> None:
    await client.control("liquidity", {"takers": False})
    venue.clock.step_ms(120_000)
    await buy(client)
    venue.clock.step_ms(120_000)
    now_s = venue.clock.now_s()
    interval = {"count": 2, "granularity": 180, "max_time": str(now_s)}
    newest, before = (await client.archive("market_snapshots", interval=interval, product_ids=[ETH]))["snapshots"]
    assert (before["cumulative_trades"], newest["cumulative_trades"]) == ({"4": 0}, {"4": 1})
    assert newest["cumulative_trade_sizes"] == {"4": str(x18("1"))}
    assert int(newest["cumulative_taker_fees"]["4"]) > 0
    assert newest["timestamp"] == now_s
    assert before["timestamp"] == now_s - 180
    edge = (await client.archive("edge_market_snapshots", interval=interval))["snapshots"]
    assert len(edge[str(venue.state.chain_id)]) == 2
    prices = (await client.archive("oracle_snapshots", interval=interval, product_ids=[SOL]))["snapshots"]
    assert list(prices[0]["oracle_prices"]) == ["8"]


async def test_product_snapshots_by_product_and_by_time(client: NadoTestClient) -> None:
    one = await client.archive("product_snapshots", product_ids=[0, ETH])
    assert one["4"]["product"]["perp"]["product_id"] == ETH
    assert one["0"]["product"]["spot"]["product_id"] == 0
    many = await client.archive("product_snapshots", product_ids=[ETH], max_time=[START_S, str(START_S + 1)])
    assert list(many) == [str(START_S), str(START_S + 1)]
    listed = await client.archive("products", product_id=ETH, limit=5)
    assert [row["product_id"] for row in listed["products"]] == [ETH]
    assert (await client.archive("products", product_id=99))["error_code"] == 2016


async def test_account_snapshots_hold_the_newest_event_of_each_product(client: NadoTestClient) -> None:
    await buy(client)
    await buy(client, "2")
    times = [START_S - 1, START_S + 10]
    rows = (await client.archive("account_snapshots", subaccounts=[client.sender], timestamps=times))["snapshots"]
    early, late = rows[client.sender][str(times[0])], rows[client.sender][str(times[1])]
    assert early == []
    assert [event["post_balance"]["perp"]["balance"]["amount"] for event in late] == [str(x18("3"))]
    assert late[0]["cumulative_trade_count"] == "1"


async def test_a_transaction_writes_its_orders_as_the_chain_does(client: NadoTestClient) -> None:
    await buy(client)
    reply = await client.archive("matches", subaccounts=[client.sender], limit=1)
    order = reply["txs"][0]["tx"]["match_orders"]["taker"]["order"]
    assert order["price_x18"] == str(x18("3550"))
    assert isinstance(order["expiration"], int)
    assert isinstance(order["nonce"], int)
    assert isinstance(reply["matches"][0]["order"]["expiration"], str)


async def test_isolated_children_by_hex_and_by_bytes(client: NadoTestClient) -> None:
    appendix = ISOLATED_IOC | (500 * 10**6) << 64
    assert (await client.place(ETH, "3550", "1", appendix))["status"] == "success"
    by_hex = (await client.archive("isolated_subaccounts", subaccount=client.sender))["isolated_subaccounts"]
    raw = list(bytes.fromhex(client.sender[2:]))
    assert by_hex == (await client.archive("isolated_subaccounts", subaccount=raw))["isolated_subaccounts"]
    assert [(row["subaccount"], row["product_id"]) for row in by_hex] == [(client.sender, ETH)]


async def test_linked_signers_are_listed_as_bytes(client: NadoTestClient) -> None:
    tx = {"sender": client.sender, "signer": "0x" + "22" * 20 + "00" * 12, "nonce": "0"}
    assert (await client.execute("link_signer", client.signed("LinkSigner", tx)))["status"] == "success"
    (row,) = (await client.archive("linked_signers", limit=5))["events"]
    assert (row["subaccount"], row["linked"]) == (client.sender, [0x22] * 20)


@pytest.mark.parametrize(("bound", "code"), [("999999999999999999", 2135), ("1000000000000000000", None)])
async def test_v2_transfers_and_withdrawals_respect_the_fee_bound(
    client: NadoTestClient, bound: str, code: int | None
) -> None:
    recipient = client.sender[:42] + b"other".ljust(12, b"\0").hex()
    question = {"type": "dynamic_fee_quote", "kind": "transfer_quote", "sender": client.sender}
    quote = (await client.post(client.endpoints["gateway_v1"] + "/query", question))["data"]
    assert quote["required_fee_x18"] == str(x18("1"))
    tx: Json = {"sender": client.sender, "recipient": recipient, "amount": str(x18("20")), "nonce": "0"}
    body = {**client.signed("TransferQuote", tx), "max_fee_x18": bound}
    assert (await client.execute("transfer_quote_v2", body)).get("error_code") == code
    tx = {"sender": client.sender, "productId": 0, "amount": "5000000", "nonce": "0" if code else "1"}
    tx |= {"sendTo": client.sender[:42], "appendix": "0"}
    body = {**client.signed("WithdrawCollateralV2", tx), "max_fee_x18": bound}
    assert (await client.execute("withdraw_collateral_v2", body)).get("error_code") == code


async def test_deposits_withdrawals_and_transfers_are_events(client: NadoTestClient) -> None:
    await client.control("deposit", {"subaccount": client.sender, "amount": "250"})
    tx: Json = {"sender": client.sender, "productId": 0, "amount": "5000000", "nonce": "0"}
    assert (await client.execute("withdraw_collateral", client.signed("WithdrawCollateral", tx)))["status"] == "success"
    other = client.sender[:42] + b"other".ljust(12, b"\0").hex()
    tx = {"sender": client.sender, "recipient": other, "amount": str(x18("20")), "nonce": "1"}
    assert (await client.execute("transfer_quote", client.signed("TransferQuote", tx)))["status"] == "success"
    await buy(client)
    reply = await client.archive("events", subaccounts=[client.sender], limit={"raw": 10})
    kinds = ["match_orders", "transfer_quote", "withdraw_collateral", "deposit_collateral", "deposit_collateral"]
    assert [event["event_type"] for event in reply["events"]] == kinds
    amounts = [
        int(event["post_balance"]["spot"]["balance"]["amount"]) - int(event["pre_balance"]["spot"]["balance"]["amount"])
        for event in reply["events"][1:]
    ]
    assert amounts == [-x18("21"), -x18("6"), x18("250"), x18("100000")]
    assert {tx["submission_idx"] for tx in reply["txs"]} == {event["submission_idx"] for event in reply["events"]}
    only = await client.archive("events", subaccounts=[other], event_types=["transfer_quote"])
    assert [event["event_type"] for event in only["events"]] == ["transfer_quote"]
