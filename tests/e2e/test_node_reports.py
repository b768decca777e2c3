"""What the engine learns by asking: reports of a real node against the venue's own books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest
from nado_client import DEFAULT, IOC, NadoTestClient
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.messages import (
    GenerateFillReports,
    GenerateOrderStatusReport,
    GenerateOrderStatusReports,
    GeneratePositionStatusReports,
)
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.enums import LiquiditySide, OrderStatus, PositionSide
from nautilus_trader.model.identifiers import ClientOrderId, InstrumentId, StrategyId
from nautilus_trader.model.orders import Order
from nautilus_trader.model.orders.unpacker import OrderUnpacker
from node_on_nado import ETH, ETH_ID, SOL, Bench, running, until

from hedgewire.errors import VenueUnreachableError
from hedgewire.nautilus.truth import Notice
from hedgewire.simulator.liquidation import liquidate
from hedgewire.simulator.server import LocalVenue

EXTERNAL = StrategyId("EXTERNAL")


def order_reports(open_only: bool, instrument_id: InstrumentId | None = None) -> GenerateOrderStatusReports:
    return GenerateOrderStatusReports(instrument_id, None, None, open_only, UUID4(), 0)


def fill_reports(instrument_id: InstrumentId | None = None, start: datetime | None = None) -> GenerateFillReports:
    return GenerateFillReports(instrument_id, None, start, None, UUID4(), 0)


def position_reports(instrument_id: InstrumentId | None = None) -> GeneratePositionStatusReports:
    return GeneratePositionStatusReports(instrument_id, None, None, UUID4(), 0)


async def filled(bench: Bench, size: str = "0.5") -> Order:
    order = bench.hand.ioc(size)
    bench.hand.submit_order(order)
    await until(lambda: order.status == OrderStatus.FILLED, "filled order")
    return order


def low_price(bench: Bench) -> str:
    return str((bench.cache.quote_tick(ETH).bid_price.as_decimal() - 100).quantize(Decimal("0.1")))


# ---- orders of other clients of the account


@pytest.mark.proves("R000-38", "R002-07")
async def test_a_manual_order_appears_as_external_and_so_does_its_end(bench: Bench) -> None:
    answer = await bench.other.place(ETH_ID, low_price(bench), "0.5", DEFAULT)
    digest = answer["data"]["digest"]
    order = await until(lambda: next(iter(bench.cache.orders_open(instrument_id=ETH)), None), "external order")
    assert (order.venue_order_id.value, order.strategy_id) == (digest, EXTERNAL)
    assert order.quantity.as_decimal() == Decimal("0.5")
    await bench.other.execute("cancel_orders", bench.other.cancellation([ETH_ID], [digest]))
    await until(lambda: order.status == OrderStatus.CANCELED, "its cancel")


@pytest.mark.proves("R002-07", "R002-10")
async def test_a_manual_trade_becomes_a_position_with_the_venue_s_own_trade_ids(bench: Bench) -> None:
    ask = bench.cache.quote_tick(ETH).ask_price.as_decimal() + 5
    await bench.other.place(ETH_ID, str(ask), "0.5", IOC)
    await until(lambda: bench.net_position() == Decimal("0.5"), "position of the manual trade")
    (order,) = bench.cache.orders(instrument_id=ETH)
    assert (order.strategy_id, order.status) == (EXTERNAL, OrderStatus.FILLED)
    reported = await bench.execution.generate_fill_reports(fill_reports(ETH))
    assert {report.trade_id for report in reported} == set(order.trade_ids)
    assert await bench.position() == Decimal("0.5")


# ---- reports


@pytest.mark.proves("R000-37", "R002-06")
async def test_order_reports_hold_open_orders_and_those_that_traded(bench: Bench) -> None:
    resting, traded = await bench.rest(), await filled(bench)
    opened = await bench.execution.generate_order_status_reports(order_reports(open_only=True))
    assert [report.client_order_id for report in opened] == [resting.client_order_id]
    (report,) = opened
    assert (report.order_status, report.price, report.quantity) == (
        OrderStatus.ACCEPTED, resting.price, resting.quantity,
    )  # fmt: skip
    assert report.post_only
    everything = {
        report.client_order_id: report
        for report in await bench.execution.generate_order_status_reports(order_reports(open_only=False))
    }
    assert set(everything) == {resting.client_order_id, traded.client_order_id}
    ended = everything[traded.client_order_id]
    assert (ended.order_status, ended.filled_qty) == (OrderStatus.FILLED, traded.filled_qty)
    assert abs(ended.avg_px - Decimal(str(traded.avg_px))) < Decimal("0.0001")
    assert await bench.execution.generate_order_status_reports(order_reports(False, SOL)) == []


@pytest.mark.proves("R000-39", "R002-26")
async def test_fill_reports_equal_the_events_that_the_strategy_saw(bench: Bench) -> None:
    order = await filled(bench)
    seen = {e.trade_id: e for e in bench.hand.seen if type(e).__name__ == "OrderFilled"}
    reported = {r.trade_id: r for r in await bench.execution.generate_fill_reports(fill_reports())}
    assert set(reported) == set(seen) == set(order.trade_ids)
    for trade_id, report in reported.items():
        event = seen[trade_id]
        assert report.client_order_id == order.client_order_id
        assert (report.last_qty, report.last_px, report.commission, report.liquidity_side) == (
            event.last_qty, event.last_px, event.commission, LiquiditySide.TAKER,
        )  # fmt: skip
    assert await bench.execution.generate_fill_reports(fill_reports(SOL)) == []
    hour, now = timedelta(hours=1), bench.hand.clock.utc_now()
    assert len(await bench.execution.generate_fill_reports(fill_reports(start=now - hour))) == len(reported)
    assert await bench.execution.generate_fill_reports(fill_reports(start=now + hour)) == []


async def test_an_order_that_the_venue_never_had_is_none_and_one_it_has_is_found(bench: Bench) -> None:
    order = await bench.rest()
    ask = GenerateOrderStatusReport(ETH, order.client_order_id, order.venue_order_id, UUID4(), 0)
    report = await bench.execution.generate_order_status_report(ask)
    assert (report.client_order_id, report.venue_order_id) == (order.client_order_id, order.venue_order_id)
    unknown = GenerateOrderStatusReport(ETH, ClientOrderId("never"), None, UUID4(), 0)
    assert await bench.execution.generate_order_status_report(unknown) is None


@pytest.mark.proves("R000-41", "R002-10")
async def test_flat_is_said_only_when_the_venue_says_so(bench: Bench) -> None:
    (flat,) = await bench.execution.generate_position_status_reports(position_reports(ETH))
    assert (flat.position_side, flat.quantity.as_decimal()) == (PositionSide.FLAT, 0)
    assert await bench.execution.generate_position_status_reports(position_reports()) == []
    await filled(bench)
    (long,) = await bench.execution.generate_position_status_reports(position_reports())
    assert (long.instrument_id, long.signed_decimal_qty) == (ETH, Decimal("0.5"))
    await bench.fault("query_unavailable")
    with pytest.raises(VenueUnreachableError):
        await bench.execution.generate_position_status_reports(position_reports(ETH))
    with pytest.raises(VenueUnreachableError):
        await bench.execution.generate_order_status_reports(order_reports(open_only=True))
    await bench.clear_faults()
    (long,) = await bench.execution.generate_position_status_reports(position_reports(ETH))
    assert long.signed_decimal_qty == Decimal("0.5")


@pytest.mark.proves("R000-43")
# ---- restarts


def remembering(*orders: Order) -> Callable[[TradingNode], None]:
    """Puts orders of an earlier session into the cache, as a database would have given them back."""

    def prepare(node: TradingNode) -> None:
        for order in orders:
            node.cache.add_order(order, None)
            node.cache.add_venue_order_id(order.client_order_id, order.venue_order_id)
            node.cache.update_order(order)

    return prepare


@pytest.mark.proves("R000-36", "R000-44", "R000-50", "R001-11", "R002-06", "R002-10")
async def test_a_restart_without_memory_finds_order_and_position_again(venue: LocalVenue) -> None:
    async with running(venue) as first:
        resting, _ = await first.rest(), await filled(first)
    async with running(venue) as second:
        (order,) = second.cache.orders_open(instrument_id=ETH)
        assert (order.client_order_id, order.venue_order_id) == (resting.client_order_id, resting.venue_order_id)
        assert (order.price, order.quantity) == (resting.price, resting.quantity)
        assert second.net_position() == await second.position() == Decimal("0.5")
        second.hand.cancel_order(order)
        await until(lambda: order.status == OrderStatus.CANCELED, "cancel of the earlier order")
        assert second.open_at_venue() == {}


@pytest.mark.proves("R000-40", "R001-12", "R002-08", "R002-09", "R002-36")
async def test_what_happened_while_the_node_was_away(venue: LocalVenue) -> None:
    """One order was cancelled, one filled, one still rests; each ends as it is at the venue."""
    async with running(venue) as first:
        await first.other.control("liquidity", {"freeze": True, "product_id": ETH_ID, "drain": "bids"})
        cancelled, traded, resting = [await first.rest(below) for below in ("3", "1", "2")]
    async with aiohttp.ClientSession() as session:
        ours, other = NadoTestClient(venue, session), NadoTestClient(venue, session, account=1)
        await ours.execute("cancel_orders", ours.cancellation([ETH_ID], [cancelled.venue_order_id.value]))
        await other.place(ETH_ID, str(traded.price), "-0.5", IOC)
        await ours.control("liquidity", {"freeze": False, "product_id": ETH_ID, "drain": "none"})
    assert [order.status for order in (cancelled, traded, resting)] == [OrderStatus.ACCEPTED] * 3
    async with running(venue, prepare=remembering(cancelled, traded, resting)) as second:
        await until(lambda: cancelled.status == OrderStatus.CANCELED, "the offline cancel")
        await until(lambda: traded.status == OrderStatus.FILLED, "the offline fill")
        assert resting.status == OrderStatus.ACCEPTED
        assert list(second.open_at_venue()) == [resting.venue_order_id.value]
        reported = await second.execution.generate_fill_reports(fill_reports(ETH))
        assert {report.trade_id for report in reported} == set(traded.trade_ids)
        assert second.net_position() == await second.position() == Decimal("0.5")


@pytest.mark.proves("R002-08")
async def test_an_order_that_is_in_the_cache_and_nowhere_else_ends_as_cancelled(venue: LocalVenue) -> None:
    """The venue does not remember an order that ended without a trade: it is asked twice before that is believed."""
    async with running(venue) as first:
        lost = await first.rest()
        first.venue.state.exchange.cancel(first.open_at_venue()[lost.venue_order_id.value])
        await until(lambda: lost.status == OrderStatus.CANCELED, "its end")
    again = OrderUnpacker.from_init(lost.init_event)
    for event in lost.events[1:-1]:
        again.apply(event)
    assert again.status == OrderStatus.ACCEPTED
    async with running(venue, prepare=remembering(again)) as second:
        await until(lambda: again.status == OrderStatus.CANCELED, "its end")
        assert second.hand.cache.orders_open() == []


async def test_a_change_of_the_position_for_a_reason_that_no_document_lists_is_said(bench: Bench) -> None:
    await filled(bench)
    await bench.fault("deleverage", product_id=ETH_ID, percent=50)
    await until(lambda: [notice for notice in bench.hand.notices if notice.notice is Notice.FORCED], "the notice")
    (notice,) = [notice for notice in bench.hand.notices if notice.notice is Notice.FORCED]
    assert (notice.reason, notice.instrument_id) == ("deleverage", ETH)


async def test_a_liquidation_flattens_the_position_and_says_its_cause(bench: Bench) -> None:
    order = await filled(bench)
    account = bench.venue.state.ledger.accounts[bench.other.sender]
    liquidate(bench.venue.state.exchange, account)
    await until(lambda: bench.net_position() == 0, "flat position")
    assert await bench.position() == 0
    (notice,) = [notice for notice in bench.hand.notices if notice.notice is Notice.FORCED]
    assert (notice.reason, notice.instrument_id) == ("liquidate_subaccount", ETH)
    assert order.filled_qty.as_decimal() == Decimal("0.5")
