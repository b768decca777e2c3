"""Which occasions a fault bites on: after, count, probability, start, request, stream, product; and what is refused."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from nado_client import DEFAULT, POST_ONLY, NadoTestClient, receive_until

from hedgewire.simulator.arming import parse_fault
from hedgewire.simulator.fault_checks import Vocabulary
from hedgewire.simulator.fault_plan import FaultPlan
from hedgewire.simulator.faults import CATALOGUE, Bites
from hedgewire.simulator.server import LocalVenue

ETH, SOL = 4, 8
WORDS = Vocabulary({"place_order"}, {"fill"}, {ETH, SOL})


async def arm(client: NadoTestClient, name: str, **params: Any) -> dict[str, Any]:
    answer = await client.control("faults", {"name": name, **params})
    assert "error" not in answer, answer
    return answer


async def statuses(client: NadoTestClient, *bodies: dict[str, Any], url: str = "gateway_v1") -> list[int]:
    path = client.endpoints[url] + ("/query" if url != "archive_v1" else "")
    seen = []
    for body in bodies:
        async with client.session.post(path, json=body) as response:
            seen.append(response.status)
    return seen


def plan_with(**body: Any) -> FaultPlan:
    plan = FaultPlan(seed=3)
    plan.armed.append(plan.number(parse_fault(body, WORDS)))
    return plan


def test_after_lets_occasions_pass_and_count_runs_out() -> None:
    plan = plan_with(name="reply_lost", after=2, count=3)
    bitten = [plan.take("reply_lost") is not None for _ in range(8)]
    assert bitten == [False, False, True, True, True, False, False, False]
    assert plan.armed == []
    assert plan.fired["reply_lost"] == 3


def test_other_requests_and_products_do_not_use_an_occasion_up() -> None:
    plan = plan_with(name="reply_lost", request="place_order", product_id=ETH, after=1)
    place, cancel = ("place_order", "execute"), ("cancel_orders", "execute")
    assert plan.take("reply_lost", request=cancel, product_id=ETH) is None
    assert plan.take("reply_lost", request=place, product_id=SOL) is None
    assert plan.take("reply_lost", request=place, product_id=None) is None
    assert plan.take("reply_lost", request=place, product_id=ETH) is None
    assert plan.take("reply_lost", request=place, product_id=ETH) is not None


def test_probability_is_drawn_from_the_seed() -> None:
    runs = []
    for _ in range(2):
        plan = plan_with(name="drop_private", probability=0.25)
        runs.append([plan.take("drop_private") is not None for _ in range(400)])
    assert runs[0] == runs[1]
    assert 60 < sum(runs[0]) < 140


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": "reply_lots"}, "did you mean 'reply_lost'?"),
        ({"name": "reply_lost", "requets": "place_order"}, "did you mean 'request'?"),
        ({"name": "reply_lost", "request": "place_ordre"}, "did you mean 'place_order'?"),
        ({"name": "drop_private", "stream": "fil"}, "did you mean 'fill'?"),
        ({"name": "drop_private", "product_id": 3}, "one of 2, 4, 8"),
        ({"name": "delay_private", "delay_ms": "400"}, "delay_ms='400'"),
        ({"name": "delay_private", "delay_ms": -1}, "delay_ms=-1"),
        ({"name": "http_429", "count": 0}, "count=0"),
        ({"name": "http_429", "after": -1}, "after=-1"),
        ({"name": "http_429", "probability": 1.5}, "probability=1.5"),
        ({"name": "clock_skew", "skew_ms": 5, "count": 1}, "unknown parameter 'count'"),
        ({"name": "disconnect", "socket": "action"}, "did you mean 'actions'?"),
        ({"name": "disconnect", "count": 2}, "unknown parameter 'count'"),
        ({"params": {}}, "unknown fault None"),
        ({"name": "drop_private", "params": [1]}, "params=[1]"),
    ],
)
async def test_what_cannot_be_armed_is_refused_with_the_nearest_name(
    client: NadoTestClient, body: dict[str, Any], said: str
) -> None:
    error = (await client.control("faults", body))["error"]
    assert said in error
    assert "; hint: " in error
    assert client.venue.state.faults.armed == []


async def test_every_kind_that_the_catalogue_lists_can_be_armed(client: NadoTestClient) -> None:
    listed = (await (await client.session.get(client.endpoints["control"] + "/faults")).json())["catalogue"]
    assert listed == {kind.name: kind.to_json() for kind in CATALOGUE.values()}
    for name, kind in listed.items():
        once = {} if kind["bites"] == Bites.WHILE_ARMED.value else {"count": 1}
        await arm(client, name, **once)
    lasting = {name for name, kind in listed.items() if kind["bites"] == Bites.WHILE_ARMED.value}
    assert lasting <= set(client.venue.state.faults.fired)


async def test_a_fault_may_start_later_and_be_removed_before(venue: LocalVenue, client: NadoTestClient) -> None:
    await arm(client, "query_unavailable", request="status", start_in_ms=5000)
    status = {"type": "status"}
    assert await statuses(client, status) == [200]
    venue.clock.step_ms(5000)
    assert await statuses(client, status, {"type": "contracts"}) == [503, 200]
    await arm(client, "http_429", start_in_ms=1000)
    await client.session.delete(client.endpoints["control"] + "/faults")
    venue.clock.step_ms(2000)
    assert await statuses(client, status) == [200]


async def test_a_scheduled_disconnect_happens_at_its_time(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.stream() as socket:
        await arm(client, "disconnect", socket="subscriptions", start_in_ms=3000)
        await socket.send_json({"method": "time", "id": 1})
        assert (await socket.receive_json(timeout=5))["id"] == 1
        venue.clock.step_ms(3000)
        assert (await socket.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def test_requests_of_archive_and_trigger_service_can_fail_too(client: NadoTestClient) -> None:
    await arm(client, "query_unavailable", request="archive_matches", status=504, count=1)
    matches = {"matches": {"subaccounts": [client.sender], "limit": 5}}
    assert await statuses(client, {"quote_price": {}}, matches, matches, url="archive_v1") == [200, 504, 200]
    await arm(client, "http_429", request="trigger_list_twap_executions", retry_after_s=7, count=1)
    body = {"type": "list_twap_executions", "digest": "0x" + "00" * 32}
    async with client.session.post(client.endpoints["trigger"] + "/query", json=body) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "7"


async def test_a_family_stands_for_all_its_requests(client: NadoTestClient) -> None:
    await arm(client, "http_5xx_before", request="query")
    assert await statuses(client, {"type": "status"}, {"type": "contracts"}) == [502, 502]
    assert (await client.place(ETH, "3400", "1", POST_ONLY))["status"] == "success"


async def test_a_fault_of_one_product_spares_the_others(client: NadoTestClient) -> None:
    await arm(client, "http_5xx_before", product_id=SOL)
    assert (await client.place(ETH, "3400", "1", POST_ONLY))["status"] == "success"
    assert (await client.place(SOL, "140", "5", POST_ONLY))["error_code"] == 0
    ids = {"type": "orders", "sender": client.sender, "product_ids": [SOL, ETH]}
    assert await statuses(client, ids, {"type": "market_price", "product_id": "8"}, {"type": "status"}) == [
        502,
        502,
        200,
    ]


async def test_a_reply_cut_in_the_middle_is_no_json_but_the_order_lives(client: NadoTestClient) -> None:
    await arm(client, "garbled_reply", request="place_order", product_id=ETH, count=1)
    body = {"place_order": client.order(ETH, "3400", "1", DEFAULT)}
    async with client.session.post(client.endpoints["gateway_v1"] + "/execute", json=body) as response:
        with pytest.raises(ValueError, match="Unterminated|Expecting"):
            await response.json()
    assert len(client.venue.state.exchange.orders_of(client.sender)) == 1


async def test_a_half_open_socket_says_nothing_until_it_is_healed(venue: LocalVenue, client: NadoTestClient) -> None:
    async with client.stream({"type": "all_bbo"}) as socket:
        await arm(client, "half_open", socket="subscriptions")
        await socket.send_json({"method": "ping", "id": 5})
        venue.clock.step_ms(3000)
        assert (await client.query("status"))["status"] == "success"
        await client.session.delete(client.endpoints["control"] + "/faults")
        await socket.send_json({"method": "ping", "id": 6})
        seen = await receive_until(socket, id=6)
    assert [message.get("id") for message in seen] == [6]


async def test_a_closing_handshake_carries_its_code(client: NadoTestClient) -> None:
    async with client.stream() as socket:
        await arm(client, "close_socket", socket="subscriptions", code=1012)
        assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 1012


async def test_events_garbled_unknown_and_absurd(client: NadoTestClient) -> None:
    async with client.stream(*client.private_streams(ETH)[:1]) as socket:
        await arm(client, "garbled_event", stream="order_update", count=1)
        await client.place(ETH, "3400", "1", POST_ONLY)
        with pytest.raises(ValueError, match="Unterminated|Expecting"):
            await socket.receive_json(timeout=5)
        await arm(client, "unknown_event", stream="order_update", count=1)
        await client.place(ETH, "3400", "1", POST_ONLY)
        strange, real = await socket.receive_json(timeout=5), await socket.receive_json(timeout=5)
        assert (strange["type"], real["type"]) == ("never_heard_of", "order_update")
        await arm(client, "absurd_event", product_id=ETH, count=1)
        await client.place(ETH, "3400", "1", POST_ONLY)
        assert (await socket.receive_json(timeout=5))["amount"] == "9" * 60


async def test_subscriptions_refused_and_never_confirmed(venue: LocalVenue, client: NadoTestClient) -> None:
    bbo = {"type": "best_bid_offer", "product_id": ETH}
    async with client.stream() as socket:
        await arm(client, "subscribe_refused", stream="best_bid_offer", count=1)
        await socket.send_json({"method": "subscribe", "id": 3, "stream": bbo})
        assert "error" in await socket.receive_json(timeout=5)
        await arm(client, "subscribe_ack_lost", count=1)
        await socket.send_json({"method": "subscribe", "id": 4, "stream": bbo})
        await socket.send_json({"method": "list", "id": 5})
        assert (await socket.receive_json(timeout=5)) == {"result": [bbo], "id": 5}


async def test_a_stale_snapshot_is_the_one_before(venue: LocalVenue, client: NadoTestClient) -> None:
    first = (await client.query("market_liquidity", product_id=ETH, depth=5))["data"]
    venue.clock.step_ms(2000)
    await arm(client, "stale_snapshot", product_id=ETH, count=1)
    assert (await client.query("market_liquidity", product_id=ETH, depth=5))["data"] == first
    assert (await client.query("market_liquidity", product_id=ETH, depth=5))["data"]["timestamp"] > first["timestamp"]


@pytest.mark.parametrize(("status", "said"), [(502, "error code: 502"), (429, "error code: 1015")])
async def test_a_proxy_answers_with_a_page(client: NadoTestClient, status: int, said: str) -> None:
    await arm(client, "proxy_page", request="execute", status=status, count=1)
    body = {"place_order": client.order(ETH, "3400", "1", DEFAULT)}
    async with client.session.post(client.endpoints["gateway_v1"] + "/execute", json=body) as response:
        assert (response.status, response.content_type) == (status, "text/html")
        assert said in await response.text()
    assert client.venue.state.exchange.orders_of(client.sender) == []
