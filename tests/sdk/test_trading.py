"""The venue's own Python client, unmodified (nado-protocol 2.0.0), trades against the local Nado.

The only accepted failures are the client's own, listed in Nado reference 11.3; each is asserted, so that a change
of the wire that hides one is noticed.
"""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
from nado_protocol.client import NadoClient
from nado_protocol.engine_client.types.execute import (
    CancelAndPlaceParams,
    CancelOrdersParams,
    CancelProductOrdersParams,
    LinkSignerParams,
    PlaceMarketOrderParams,
    PlaceOrderParams,
    PlaceOrdersParams,
    TransferQuoteParams,
    WithdrawCollateralParams,
    WithdrawCollateralV2Params,
)
from nado_protocol.utils.exceptions import ExecuteFailedException
from nado_protocol.utils.execute import MarketOrderParams, OrderParams

ETH, SOL = 4, 8
DEFAULT, IOC, FOK, POST_ONLY = 1, 513, 1025, 1537
ONE = 10**18
_suffix = itertools.count()


def order(sender: str, amount: str, price: int, appendix: int, product_id: int = ETH, **extra: Any) -> PlaceOrderParams:
    """Amount in decimal text, price x18. The nonce is ours: the SDK's random part can repeat within a second."""
    whole, _, fraction = amount.partition(".")
    scaled = int(whole + fraction.ljust(18, "0"))
    nonce = ((int(time.time() * 1000) + 60_000) << 20) + next(_suffix)
    params = OrderParams(
        sender=sender, priceX18=price, amount=scaled, expiration=4294967295, nonce=nonce, appendix=appendix
    )
    return PlaceOrderParams(product_id=product_id, order=params, **extra)


def oracle(client: NadoClient, percent: int, product_id: int = ETH) -> int:
    """``percent`` of the mid price, on the tick of 0.1 or 0.01."""
    quote = client.context.engine_client.get_market_price(product_id)
    tick = 10**17 if product_id == ETH else 10**16
    return (int(quote.bid_x18) + int(quote.ask_x18)) // 2 * percent // 100 // tick * tick


def position(client: NadoClient, sender: str, product_id: int = ETH) -> int:
    info = client.subaccount.get_engine_subaccount_summary(sender)
    return next(int(b.balance.amount) for b in info.perp_balances if b.product_id == product_id)


@pytest.mark.proves("R003-013")
def test_rests_and_cancels_default_and_post_only(client: NadoClient, sender: str) -> None:
    for appendix in (DEFAULT, POST_ONLY):
        placed = client.market.place_order(order(sender, "0.1", oracle(client, 95), appendix, id=7))
        assert placed.status == "success"
        assert placed.id == 7
        digest = placed.data.digest
        assert client.context.engine_client.get_order(ETH, digest).digest == digest
        cancelled = client.market.cancel_orders(CancelOrdersParams(sender=sender, productIds=[ETH], digests=[digest]))
        assert [o.digest for o in cancelled.data.cancelled_orders] == [digest]


@pytest.mark.proves("R003-013")
def test_ioc_and_fok_trade(client: NadoClient, sender: str) -> None:
    before = position(client, sender)
    assert client.market.place_order(order(sender, "0.2", oracle(client, 102), IOC)).status == "success"
    assert position(client, sender) == before + 2 * ONE // 10
    assert client.market.place_order(order(sender, "-0.2", oracle(client, 98), FOK)).status == "success"
    assert position(client, sender) == before


def test_refusals_reach_the_caller_with_their_code(client: NadoClient, sender: str) -> None:
    with pytest.raises(ExecuteFailedException, match="2008"):
        client.market.place_order(order(sender, "0.1", oracle(client, 105), POST_ONLY))
    with pytest.raises(ExecuteFailedException, match="2020"):
        client.market.cancel_orders(CancelOrdersParams(sender=sender, productIds=[ETH], digests=["0x" + "ab" * 32]))


def test_a_key_that_is_not_the_senders_is_refused(second: NadoClient, sender: str) -> None:
    with pytest.raises(ExecuteFailedException, match="2028"):
        second.market.place_order(order(sender, "0.1", oracle(second, 95), DEFAULT))


def test_market_order_and_close_position(client: NadoClient, sender: str) -> None:
    params = PlaceMarketOrderParams(
        product_id=SOL, market_order=MarketOrderParams(sender=sender, amount=10 * ONE), slippage=0.01
    )
    assert client.market.place_market_order(params).status == "success"
    assert position(client, sender, SOL) == 10 * ONE
    assert client.market.close_position(sender, SOL).status == "success"
    assert position(client, sender, SOL) == 0


@pytest.fixture(autouse=True)
def no_open_orders(client: NadoClient, sender: str) -> None:
    client.market.cancel_product_orders(CancelProductOrdersParams(sender=sender, productIds=[ETH, SOL]))


def test_cancel_and_place_then_cancel_products(client: NadoClient, sender: str) -> None:
    first = client.market.place_order(order(sender, "0.1", oracle(client, 90), POST_ONLY)).data.digest
    replaced = client.market.cancel_and_place(
        CancelAndPlaceParams(
            cancel_orders=CancelOrdersParams(sender=sender, productIds=[ETH], digests=[first]),
            place_order=order(sender, "0.1", oracle(client, 91), POST_ONLY),
        )
    )
    assert replaced.data.digest != first
    rest = client.market.cancel_product_orders(CancelProductOrdersParams(sender=sender, productIds=[ETH]))
    assert [o.digest for o in rest.data.cancelled_orders] == [replaced.data.digest]


def test_batch_is_placed_although_the_client_cannot_read_the_reply(client: NadoClient, sender: str) -> None:
    """Reference 11.3: the client expects an object, the wire has a list; the orders stand."""
    batch = [order(sender, "0.1", oracle(client, percent), POST_ONLY) for percent in (90, 91)]
    with pytest.raises(ExecuteFailedException, match=r'"status": ?"success"'):
        client.context.engine_client.place_orders(PlaceOrdersParams(orders=batch))
    assert len(client.market.get_subaccount_open_orders(ETH, sender).orders) == 2
    client.market.cancel_product_orders(CancelProductOrdersParams(sender=sender, productIds=[]))
    assert client.market.get_subaccount_open_orders(ETH, sender).orders == []


def test_linked_signer_signs_for_the_subaccount(
    client: NadoClient, second: NadoClient, sender: str, second_sender: str, venue: dict[str, Any]
) -> None:
    signer = venue["accounts"][0]["address"] + "00" * 12
    assert second.subaccount.link_signer(LinkSignerParams(sender=second_sender, signer=signer)).status == "success"
    linked = second.context.engine_client.get_linked_signer(second_sender).linked_signer
    assert linked == venue["accounts"][0]["address"]
    placed = client.market.place_order(order(second_sender, "0.1", oracle(client, 90), POST_ONLY))
    client.market.cancel_orders(
        CancelOrdersParams(sender=second_sender, productIds=[ETH], digests=[placed.data.digest])
    )


def quote_balance(client: NadoClient, sender: str) -> int:
    info = client.subaccount.get_engine_subaccount_summary(sender)
    return next(int(b.balance.amount) for b in info.spot_balances if b.product_id == 0)


def test_collateral_moves(client: NadoClient, sender: str, second_sender: str) -> None:
    before = quote_balance(client, sender)
    assert client.spot.withdraw(WithdrawCollateralParams(sender=sender, productId=0, amount=10 * 10**6))
    address = sender[:42]
    assert client.spot.withdraw_v2(
        WithdrawCollateralV2Params(sender=sender, productId=0, amount=10 * 10**6, sendTo=address, appendix=0)
    )
    assert client.spot.transfer_quote(TransferQuoteParams(sender=sender, recipient=second_sender, amount=10 * ONE))
    assert before - quote_balance(client, sender) == (10 + 1 + 10 + 1 + 10 + 1) * ONE


def test_trigger_orders(client: NadoClient, sender: str) -> None:
    price, far = oracle(client, 100), oracle(client, 80)
    placed = client.market.place_price_trigger_order(
        product_id=ETH,
        price_x18=str(oracle(client, 90)),
        amount_x18=str(ONE // 10),
        trigger_price_x18=str(far),
        trigger_type="oracle_price_below",
        sender=sender,
    )
    digest = placed.data.digest
    reply = client.market.cancel_trigger_orders(CancelOrdersParams(sender=sender, productIds=[ETH], digests=[digest]))
    assert reply.status == "success"
    twap = client.market.place_twap_order(
        product_id=ETH,
        price_x18=str(price // 10**17 * 10**17 * 11 // 10),
        total_amount_x18=str(ONE),
        times=5,
        slippage_frac=0.01,
        interval_seconds=600,
        sender=sender,
    )
    assert twap.status == "success"
    products = CancelProductOrdersParams(sender=sender, productIds=[ETH])
    assert client.market.cancel_trigger_product_orders(products).status == "success"
