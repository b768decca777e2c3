"""Health of a running node as Prometheus reads it: off by default, on loopback, true under faults, gone at the end."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientSession
from nado_client import DEFAULT
from node_on_nado import ETH, ETH_ID, Bench, running, until

from hedgewire.errors import ConfigError
from hedgewire.nautilus.metrics_endpoint import _ENDPOINTS, metrics_endpoint, parse_address
from hedgewire.nautilus.truth import Notice
from hedgewire.nautilus.venue_data import VenueHealth
from hedgewire.simulator.server import LocalVenue
from hedgewire.venues.nado import NadoDataClientConfig, NadoExecClientConfig

ANY_PORT = "0"
SAMPLE = re.compile(r'(hedgewire_[a-z0-9_]+)\{((?:[a-z_]+="[^"]*",?)+)\} (-?[0-9.]+)')


async def scrape(port: int) -> tuple[str, dict[str, Decimal]]:
    """The text, and its samples by name and labels."""
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await answer.text()
    samples = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            samples[f"{match[1]}{{{match[2]}}}"] = Decimal(match[3])
    return text, samples


def sum_of(samples: dict[str, Decimal], name: str) -> Decimal:
    return sum((value for key, value in samples.items() if key.startswith(f"hedgewire_{name}{{")), Decimal(0))


async def test_a_running_node_says_its_health(venue: LocalVenue) -> None:
    async with running(venue, account={"metrics_address": ANY_PORT}) as bench:
        port = metrics_endpoint(ANY_PORT).port
        text, before = await scrape(port)
        assert before['hedgewire_usable{client="NADO",road="websocket"}'] == 1
        assert before['hedgewire_usable{client="NADO",road="rest"}'] == 1
        assert before['hedgewire_socket_state{client="NADO",socket="streams",state="authenticated"}'] == 1
        age = 'hedgewire_stream_age_seconds{client="NADO",stream="Quotes",instrument="ETH-PERP",param="0"}'
        assert 0 <= before[age] < 25
        assert before['hedgewire_rate_limit_headroom{client="NADO",limit="query",window_seconds="10"}'] > 0
        assert 0 < before['hedgewire_rest_latency_seconds{client="NADO",percentile="50"}'] < 25
        assert (sum_of(before, "unresolved_outcomes"), sum_of(before, "resubscriptions_total")) == (0, 0)
        assert sum_of(before, "reconciliation_differences_total") == 0
        for name, kind in re.findall(r"# TYPE (\S+) (\S+)", text):
            assert kind == ("counter" if name.endswith("_total") else "gauge"), name
            assert f"# HELP {name} " in text

        await bench.fault("query_unavailable")
        await bench.fault("reply_lost", request="place_order", count=1)
        await bench.fault("drop_private")
        bench.hand.submit_order(bench.hand.limit("100", post_only=True))
        await until(lambda: any(notice.notice is Notice.OUTCOME_UNKNOWN for notice in bench.hand.notices), "doubt")
        assert sum_of((await scrape(port))[1], "unresolved_outcomes") == 1
        await bench.clear_faults()
        await bench.fault("disconnect", socket="all")
        await until(lambda: any(notice.notice is Notice.RESTORED for notice in bench.hand.notices), "the sockets again")
        _, after = await scrape(port)
        assert sum_of(after, "unresolved_outcomes") == 0
        assert sum_of(after, "reconnects_total") > sum_of(before, "reconnects_total")
        assert sum_of(after, "resubscriptions_total") > 0
        changes = 'hedgewire_socket_state_changes_total{client="NADO",socket="streams",state="reconnecting"}'
        assert after[changes] == before.get(changes, 0) + 1
        await manual_order(bench)
        assert sum_of((await scrape(port))[1], "reconciliation_differences_total") > 0
        health = next(one for one in await bench.data._health() if isinstance(one, VenueHealth))
        assert (health.resubscriptions, health.reconciliations) == (
            bench.execution.link.counts.resubscriptions, bench.execution.link.counts.reconciliations,
        )  # fmt: skip
        assert health.rate_limit_headroom > 0
    with pytest.raises(ClientConnectionError):
        await scrape(port)


async def manual_order(bench: Bench) -> None:
    price = (bench.cache.quote_tick(ETH).bid_price.as_decimal() - 100).quantize(Decimal("0.1"))
    before = len(bench.cache.orders_open())
    answer = await bench.other.place(ETH_ID, str(price), "0.5", DEFAULT)
    assert answer["status"] == "success", answer
    await until(lambda: len(bench.cache.orders_open()) > before, "the manual order")


async def test_nothing_listens_unless_it_is_asked_for(bench: Bench) -> None:
    assert bench.execution.link.metrics_address is None
    assert _ENDPOINTS.get(bench.node.kernel.loop, {}) == {}


async def test_an_address_that_is_taken_says_so(venue: LocalVenue) -> None:
    taken = str(venue.descriptor["endpoints"]["gateway_v1"]).split("/")[2]  # type: ignore[index]
    link: Any = object()
    with pytest.raises(ConfigError, match=f"(?s)address already in use: {taken} .*hint: choose a free port"):
        await metrics_endpoint(taken).join(link)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("9464", ("127.0.0.1", 9464)),
        (":9464", ("127.0.0.1", 9464)),
        ("0.0.0.0:1", ("0.0.0.0", 1)),
        ("[::1]:2", ("::1", 2)),
    ],
)
def test_a_port_alone_is_on_loopback(text: str, meant: tuple[str, int]) -> None:
    assert parse_address(text) == meant


@pytest.mark.parametrize("wrong", ["", "localhost", "1:2:x", "65536", "-1", "host:"])
@pytest.mark.parametrize("config", [NadoDataClientConfig, NadoExecClientConfig])
def test_what_is_no_address_is_refused_where_it_is_written(config: type, wrong: str) -> None:
    with pytest.raises(ConfigError, match="metrics_address"):
        config(metrics_address=wrong)
