"""Both WebSocket clients of the unmodified SDK: actions on ``/ws`` and streams on ``/subscribe``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from nado_protocol.client import NadoClient
from nado_protocol.contracts.types import NadoExecuteType, NadoTxType
from nado_protocol.engine_client.types.query import QueryMarketLiquidityParams
from nado_protocol.engine_client.types.stream import StreamAuthenticationParams
from nado_protocol.ws.client import NadoSubscriptionClient, NadoWebSocketClient
from nado_protocol.ws.streams import BookDepthStream, FillStream, OrderUpdateStream, PositionChangeStream
from test_trading import ETH, IOC, POST_ONLY, oracle, order


@pytest.fixture
def actions(venue: dict[str, Any]) -> Iterator[NadoWebSocketClient]:
    with NadoWebSocketClient(venue["endpoints"]["gateway_v1"]) as socket:
        yield socket


@pytest.fixture
def streams(venue: dict[str, Any]) -> Iterator[NadoSubscriptionClient]:
    with NadoSubscriptionClient(venue["endpoints"]["gateway_v1"]) as socket:
        yield socket


def signed(client: NadoClient, params: Any) -> tuple[Any, str]:
    """The socket clients do not sign; this is the recipe of reference 11.1. Returns params and the digest."""
    engine = client.context.engine_client
    params.order = engine.prepare_execute_params(params.order, True)
    params.signature = engine._sign(NadoExecuteType.PLACE_ORDER, params.order.dict(), params.product_id)
    return params, engine.get_order_digest(params.order, params.product_id)


def authenticate(client: NadoClient, socket: NadoSubscriptionClient, sender: str) -> None:
    expiration = int(time.time() * 1000) + 60_000
    tx = {"sender": bytes.fromhex(sender[2:]), "expiration": expiration}
    signature = client.context.engine_client._sign(NadoTxType.AUTHENTICATE_STREAM, tx)
    reply = socket.authenticate(StreamAuthenticationParams(sender=sender, expiration=expiration, signature=signature))
    assert reply["result"] is None
    assert "error" not in reply


def test_actions_socket_queries_and_executes(client: NadoClient, sender: str, actions: NadoWebSocketClient) -> None:
    book = actions.query(QueryMarketLiquidityParams(product_id=ETH, depth=10))
    assert book["status"] == "success"
    assert len(book["data"]["bids"]) == 10
    params, digest = signed(client, order(sender, "0.1", oracle(client, 90), POST_ONLY, id=21))
    reply = actions.execute(params)
    assert (reply["status"], reply["data"]["digest"], reply["id"]) == ("success", digest, 21)


def test_control_messages(streams: NadoSubscriptionClient) -> None:
    assert streams.ping("5")["result"]["client_time"] == "5"
    assert int(streams.time()["result"]["server_time"]) > 1_600_000_000_000
    assert streams.list_subscriptions()["result"] == []
    assert streams.subscribe(BookDepthStream(product_id=ETH))["result"] is None
    assert next(streams.listen(timeout=5))["type"] == "book_depth"


@pytest.mark.proves("R003-035", "R003-036", "R003-037")
def test_private_streams_report_an_own_trade(client: NadoClient, sender: str, streams: NadoSubscriptionClient) -> None:
    authenticate(client, streams, sender)
    wanted = [stream(subaccount=sender) for stream in (OrderUpdateStream, FillStream, PositionChangeStream)]
    assert streams.subscribe_multi(wanted)["result"] is None
    assert len(streams.list_subscriptions()["result"]) == 3
    digest = client.market.place_order(order(sender, "0.1", oracle(client, 102), IOC, id=33)).data.digest
    seen: dict[str, dict[str, Any]] = {}
    for event in streams.listen(timeout=5):
        seen[event["type"]] = event
        if len(seen) == 3:
            break
    assert seen["fill"]["order_digest"] == seen["order_update"]["digest"] == digest
    assert seen["fill"]["id"] == 33
    assert seen["position_change"]["reason"] == "match_orders"


def test_order_updates_need_authentication(sender: str, streams: NadoSubscriptionClient) -> None:
    assert "error" in streams.subscribe(OrderUpdateStream(subaccount=sender))
