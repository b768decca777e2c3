"""Withdrawals, transfers, another signer; and the venue's own questions by name. All through one door each."""

from __future__ import annotations

import json
from typing import Any

import pytest
from harness import ETH, ONE_X18, Harness, Row

from hedgewire.nautilus.rows import BUY, Kind, Outcome, RowKind


async def ask(line: Harness, name: str, **params: Any) -> Any:
    reply = await line.reply(line.client.query_document(name, json.dumps(params)))
    assert reply[2] == Outcome.FOUND, reply
    [row] = reply[5]
    assert row[:2] == (RowKind.DOCUMENT, name)
    return json.loads(row[2])


async def nonce(line: Harness) -> str:
    document = await ask(line, "nonces")
    assert isinstance(document["tx_nonce"], str)
    return document["tx_nonce"]


async def send(line: Harness, name: str, **fields: Any) -> Row:
    return await line.outcome(line.client.account_message(name, json.dumps(fields)))


def subaccount(line: Harness, name: bytes) -> str:
    address: str = line.venue.descriptor["accounts"][0]["address"].lower()  # type: ignore[index]
    return address + name.ljust(12, b"\0").hex()


async def test_a_transfer_is_executed_once_and_the_nonce_says_so(line: Harness) -> None:
    before = await nonce(line)
    transfer = {"recipient": subaccount(line, b"other"), "amount": str(10 * ONE_X18), "nonce": before}
    outcome = await send(line, "transfer_quote", **transfer)
    assert (outcome[2], outcome[3]) == (0, Outcome.ACCEPTED)
    assert int(await nonce(line)) == int(before) + 1
    again = await send(line, "transfer_quote", **transfer)
    assert (again[3], again[5]) == (Outcome.REJECTED, "2022")


async def test_a_lost_reply_is_unknown_and_the_nonce_tells(line: Harness) -> None:
    before = await nonce(line)
    await line.fault("reply_lost", request="withdraw_collateral", count=1)
    outcome = await send(line, "withdraw_collateral", productId=0, amount="5000000", nonce=before)
    assert outcome[3] == Outcome.UNKNOWN
    assert int(await nonce(line)) == int(before) + 1, "it was executed"


async def test_another_signer_and_a_withdrawal_to_an_address(line: Harness) -> None:
    signer = "0x" + "22" * 20
    linked = await send(line, "link_signer", signer=signer + "00" * 12, nonce=await nonce(line))
    assert linked[3] == Outcome.ACCEPTED
    assert (await ask(line, "linked_signer"))["linked_signer"] == signer
    withdrawn = await send(
        line,
        "withdraw_collateral_v2",
        productId=0,
        amount="6000000",
        nonce=await nonce(line),
        sendTo=signer,
        appendix="0",
    )
    assert withdrawn[3] == Outcome.ACCEPTED


@pytest.mark.proves("R000-56")
async def test_what_is_not_whole_is_refused_here(line: Harness) -> None:
    refused = await send(line, "transfer_quote", amount="1", nonce="1")
    assert (refused[3], refused[5]) == (Outcome.REFUSED_HERE, "ACCOUNT_MESSAGE_MALFORMED")
    assert "recipient" in refused[6]
    unknown = await send(line, "place_order")
    assert unknown[5] == "ACCOUNT_MESSAGE_UNKNOWN"
    assert "transfer_quote" in unknown[6]


@pytest.mark.parametrize(
    ("name", "params", "key"),
    [
        (
            "max_order_size",
            {"product_id": ETH, "price_x18": str(3500 * ONE_X18), "direction": "long"},
            "max_order_size",
        ),
        ("max_withdrawable", {"product_id": 0}, "max_withdrawable"),
        ("fee_rates", {}, "taker_fee_rates_x18"),
        ("health_groups", {}, "health_groups"),
        ("insurance", {}, "insurance"),
        ("subaccount_orders", {"product_id": ETH}, "orders"),
        ("subaccount_info", {}, "healths"),
        ("market_price", {"product_id": ETH}, "bid_x18"),
        ("market_prices", {"product_ids": [2, 4]}, "market_prices"),
        ("contracts", {}, "chain_id"),
        ("oracle_price", {"product_ids": [ETH]}, "prices"),
        ("interest_and_funding", {"product_ids": [ETH], "limit": 5}, "funding_payments"),
        ("linked_signer_rate_limit", {}, "total_tx_limit"),
        ("subaccounts", {}, "subaccounts"),
        ("events", {"limit": {"raw": 5}}, "events"),
        ("quote_price", {}, "price_x18"),
    ],
)
async def test_each_question_is_answered_in_the_venues_words(
    line: Harness, name: str, params: dict[str, Any], key: str
) -> None:
    assert key in await ask(line, name, **params)


async def test_an_order_history_has_what_is_over_and_what_is_open(line: Harness) -> None:
    bid, ask_price = await line.touch()
    taken, order = line.order(BUY, Kind.IOC, ONE_X18 // 10, ask_price + 5 * ONE_X18)
    resting, rest = line.order(BUY, Kind.POST_ONLY, ONE_X18 // 10, bid - 20 * ONE_X18)
    line.client.submit([order])
    await line.wait(lambda _: bool(line.fills_of(taken)))
    await line.outcome(line.client.submit([rest]))
    reply = await line.reply(line.client.query_order_history(-1, 0, 500))
    assert [(row[0], row[3], row[6]) for row in reply[5]] == [
        (RowKind.ORDER_REPORT, taken, 2),
        (RowKind.ORDER_REPORT, resting, 0),
    ]


async def test_a_transfer_with_a_bound_on_its_fee(line: Harness) -> None:
    before = await nonce(line)
    transfer = {"recipient": subaccount(line, b"other"), "amount": str(10 * ONE_X18), "nonce": before}
    dear = await send(line, "transfer_quote_v2", **transfer, max_fee_x18="1")
    assert (dear[3], dear[5]) == (Outcome.REJECTED, "2135")
    assert await nonce(line) == before, "nothing was executed"
    done = await send(line, "transfer_quote_v2", **transfer, max_fee_x18=str(ONE_X18))
    assert done[3] == Outcome.ACCEPTED
