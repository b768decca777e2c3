"""Executes that move collateral or permissions, with the address's counter as nonce (Nado reference 2.5, 3.5, 6.10)."""

from __future__ import annotations

from typing import Any

import pytest
from nado_client import IOC, POST_ONLY, NadoTestClient, receive_until

from hedgewire.simulator.fixed import x18
from hedgewire.simulator.server import LocalVenue

ETH = 4


async def transact(client: NadoTestClient, name: str, struct: str, **fields: Any) -> dict[str, Any]:
    address = client.sender[:42]
    nonce = fields.pop("nonce", None)
    if nonce is None:
        nonce = (await client.query("nonces", address=address))["data"]["tx_nonce"]
    return await client.execute(name, client.signed(struct, {"sender": client.sender, **fields, "nonce": nonce}))


async def test_a_linked_signer_may_sign_and_the_old_one_may_not(client: NadoTestClient, other: NadoTestClient) -> None:
    signer = other.sender[:42] + "00" * 12
    assert (await client.place(ETH, "3400", "1", POST_ONLY, key=other.key))["error_code"] == 2028
    assert (await transact(client, "link_signer", "LinkSigner", signer=signer))["status"] == "success"
    assert (await client.place(ETH, "3400", "1", POST_ONLY, key=other.key))["status"] == "success"
    assert (await client.query("linked_signer", subaccount=client.sender))["data"]["linked_signer"] == signer[:42]
    assert (await transact(client, "link_signer", "LinkSigner", signer=signer))["error_code"] == 2026
    assert (await transact(client, "link_signer", "LinkSigner", signer="0x" + "00" * 32))["error_code"] == 2029
    client.venue.clock.step_ms(11_000)  # a link weighs 30 of the 100 per 10 s
    again = "0x" + "22" * 20 + "00" * 12
    assert (await transact(client, "link_signer", "LinkSigner", signer=again))["status"] == "success"
    assert (await client.place(ETH, "3400", "1", POST_ONLY, key=other.key))["error_code"] == 2028


async def test_a_transaction_nonce_works_once(client: NadoTestClient, other: NadoTestClient) -> None:
    fields = {"recipient": other.sender, "amount": str(x18("10"))}
    assert (await transact(client, "transfer_quote", "TransferQuote", nonce="1", **fields))["error_code"] == 2022
    assert (await transact(client, "transfer_quote", "TransferQuote", nonce="0", **fields))["status"] == "success"
    assert (await transact(client, "transfer_quote", "TransferQuote", nonce="0", **fields))["error_code"] == 2022


async def test_transfers_move_quote_and_cost_one(client: NadoTestClient, other: NadoTestClient) -> None:
    async with client.stream(*client.private_streams()) as socket:
        fields = {"recipient": other.sender, "amount": str(x18("10"))}
        assert (await transact(client, "transfer_quote", "TransferQuote", **fields))["status"] == "success"
        event = (await receive_until(socket, type="position_change", product_id=0))[-1]
    assert (event["amount"], event["reason"]) == (str(x18("99989")), "transfer_quote")
    assert other.venue.state.account(other.sender).quote == x18("100010")


@pytest.mark.parametrize(
    ("recipient", "amount", "code"),
    [("self", "10", 2079), ("other", "4", 2077), ("other", "200000", 2036), ("iso", "10", 2049)],
)
async def test_refused_transfers(
    client: NadoTestClient, other: NadoTestClient, recipient: str, amount: str, code: int
) -> None:
    child = client.sender[:42] + "00" * 6 + "000400" + "69736f"
    to = {"self": client.sender, "other": other.sender, "iso": child}[recipient]
    reply = await transact(client, "transfer_quote", "TransferQuote", recipient=to, amount=str(x18(amount)))
    assert reply["error_code"] == code


async def test_withdrawals_are_in_token_decimals_and_bounded_by_health(client: NadoTestClient) -> None:
    struct = "WithdrawCollateral"
    free = int((await client.query("max_withdrawable", sender=client.sender, product_id=0))["data"]["max_withdrawable"])
    over = str(free // 10**12 + 1)
    assert (await transact(client, "withdraw_collateral", struct, productId=0, amount=over))["error_code"] == 2036
    assert (await transact(client, "withdraw_collateral", struct, productId=3, amount="1"))["error_code"] == 2036
    done = await transact(client, "withdraw_collateral", struct, productId=0, amount=str(free // 10**12))
    assert done["status"] == "success"
    assert client.venue.state.account(client.sender).quote < 10**12


async def test_nlp_is_not_offered(client: NadoTestClient) -> None:
    reply = await transact(client, "mint_nlp", "MintNlp", quoteAmount="1")
    assert reply["status"] == "failure"


async def test_settling_moves_profit_and_keeps_equity(venue: LocalVenue, client: NadoTestClient) -> None:
    await client.place(ETH, "3550", "1", IOC)
    await client.control("price", {"symbol": "ETH-PERP", "price": "3600"})
    before = (await client.query("subaccount_info", subaccount=client.sender))["data"]["healths"][2]["health"]
    async with client.stream(*client.private_streams()) as socket:
        assert (await client.control("settle", {})) == {"settled": 1}
        seen = await receive_until(socket, type="position_change", product_id=0)
    assert [m["reason"] for m in seen] == ["settle_pnl", "settle_pnl"]
    after = (await client.query("subaccount_info", subaccount=client.sender))["data"]["healths"][2]["health"]
    assert before == after
    assert venue.state.account(client.sender).quote > x18("100090")


async def test_archive_reports_what_a_fill_closed(client: NadoTestClient) -> None:
    await client.place(ETH, "3550", "1", IOC)
    await client.control("price", {"symbol": "ETH-PERP", "price": "3600"})
    digest = (await client.place(ETH, "3550", "-0.4", IOC))["data"]["digest"]
    order = (await client.archive("orders", digests=[digest]))["orders"][0]
    assert order["closed_amount"] == str(x18("0.4"))
    assert x18("39") < int(order["realized_pnl"]) < x18("41")
    match = (await client.archive("matches", subaccounts=[client.sender], limit=1))["matches"][0]
    assert x18("2099") < int(match["net_entry_unrealized"]) < x18("2101")


async def test_archive_lists_funding_payments(venue: LocalVenue, client: NadoTestClient) -> None:
    await client.place(ETH, "3550", "2", IOC)
    venue.clock.step_ms(2 * 3_600_000)
    params = {"subaccount": client.sender, "product_ids": [ETH], "limit": 1}
    page = await client.archive("interest_and_funding", **params)
    assert len(page["funding_payments"]) == 1
    older = await client.archive("interest_and_funding", **params, max_idx=page["next_idx"])
    total = sum(int(p["funding_payments"][0]["amount"]) for p in (page, older))
    assert total == -2 * venue.state.ledger.markets[ETH].cumulative_funding
    assert older["next_idx"] == "0"


async def test_a_new_subaccount_needs_a_deposit(client: NadoTestClient) -> None:
    funded, client.sender = client.sender, client.sender[:42] + "ab".ljust(24, "0")
    assert (await client.place(ETH, "3400", "1", POST_ONLY))["error_code"] == 2024
    info = (await client.query("subaccount_info", subaccount=client.sender))["data"]
    assert info["exists"] is False
    assert (await client.control("deposit", {"subaccount": client.sender, "amount": "1000"}))["balance"] == "1000"
    assert (await client.place(ETH, "3400", "1", POST_ONLY))["status"] == "success"
    assert funded != client.sender


async def test_five_links_in_a_week_and_no_more(client: NadoTestClient) -> None:
    async def link(number: int, nonce: int) -> dict[str, Any]:
        tx = {"sender": client.sender, "signer": f"0x{number:040x}" + "00" * 12, "nonce": str(nonce)}
        return await client.execute("link_signer", client.signed("LinkSigner", tx))

    await client.control("limits", {"enabled": False})
    for number in range(5):
        assert (await link(number + 1, number))["status"] == "success"
    assert (await link(6, 5))["error_code"] == 2030
    left = await client.archive("linked_signer_rate_limit", subaccount=client.sender)
    assert (left["remaining_tx"], left["total_tx_limit"]) == ("0", "5")
    client.venue.clock.step_ms((int(left["wait_time"]) + 1) * 1000)
    assert (await link(6, 5))["status"] == "success"
