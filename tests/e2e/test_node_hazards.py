"""Every hazard of the engine's reconciliation (NautilusTrader reference, section 2), twice: what our reports do to it
under the venue's worst behaviour, and what a careless report does, so that a hazard which upstream removes is seen.

The numbers are those of the reference's sections.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from nado_client import DEFAULT, IOC, NadoTestClient
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.messages import GenerateOrderStatusReport, GeneratePositionStatusReports
from nautilus_trader.execution.reports import FillReport, OrderStatusReport, PositionStatusReport
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.enums import LiquiditySide, OrderSide, OrderStatus, OrderType, PositionSide, TimeInForce
from nautilus_trader.model.identifiers import ClientId, InstrumentId, PositionId, StrategyId, TradeId, VenueOrderId
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.model.orders import Order
from node_on_nado import ETH, ETH_ID, Bench, Hand, node_config, running, until

from hedgewire.errors import HedgewireError, VenueUnreachableError
from hedgewire.nautilus.secrets import hold
from hedgewire.nautilus.v1 import account_queries
from hedgewire.nautilus.v1.opening import REFUSED_TOPIC
from hedgewire.simulator.server import LocalVenue
from hedgewire.venues.nado import NADO, NadoLiveDataClientFactory, NadoLiveExecClientFactory

EXTERNAL = StrategyId("EXTERNAL")
HALF = Decimal("0.5")
IN_FLIGHT = {"inflight_check_interval_ms": 100, "inflight_check_threshold_ms": 1_000, "inflight_check_retries": 2}
OPEN = {
    "inflight_check_interval_ms": 0, "open_check_interval_secs": 0.1, "open_check_threshold_ms": 1,
    "open_check_missing_retries": 2, "open_check_open_only": False,
}  # fmt: skip
POSITIONS = {
    "inflight_check_interval_ms": 0, "position_check_interval_secs": 0.1, "position_check_threshold_ms": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our patience, as much shorter as the engine's is here."""
    monkeypatch.setattr(account_queries, "PATIENCE_S", 0.8)
    monkeypatch.setattr(account_queries, "ATTEMPTS", 1)


async def bought(bench: Bench) -> Order:
    order = bench.hand.ioc("0.5")
    bench.hand.submit_order(order)
    await until(lambda: order.status == OrderStatus.FILLED, lambda: f"fill of {order!r}")
    return order


def answer_with(bench: Bench, method: str, answer: Any) -> list[Any]:
    """In place of our client's own answer: this value, or this exception. Returns the questions as they come."""
    asked: list[Any] = []

    async def lie(command: Any) -> Any:
        asked.append(command)
        if isinstance(answer, Exception):
            raise answer
        return answer

    setattr(bench.execution, method, lie)
    return asked


def others(bench: Bench) -> list[Order]:
    return [order for order in bench.cache.orders(instrument_id=ETH) if order.strategy_id == EXTERNAL]


# ---- 2.7 positions


async def test_2_7_flat_an_answer_that_is_missing_is_not_flat(venue: LocalVenue) -> None:
    async with running(venue, **POSITIONS) as bench:
        await bought(bench)
        await bench.fault("query_unavailable", request="subaccount_info")
        asked = questions(bench, "generate_position_status_reports")
        await until(lambda: len(asked) >= 2, "position checks without an answer")
        assert {type(answer) for answer in asked} == {VenueUnreachableError}
        assert (bench.net_position(), others(bench)) == (HALF, [])
        await bench.clear_faults()
        answer_with(bench, "generate_position_status_reports", [])
        await until(lambda: others(bench), "the fill that the engine invents for an empty list")
        assert await bench.position() == HALF


async def late_positions(bench: Bench) -> list[Any]:
    """From now on a fill comes while each answer about positions is on its way: it tells what was true before."""
    answers: list[Any] = []
    real = bench.execution.generate_position_status_reports

    async def late(command: Any) -> Any:
        answers.append(await real(command))
        if len(answers) == 1:
            await bought(bench)
        return answers[-1]

    bench.execution.generate_position_status_reports = late
    return answers


async def test_2_7_late_a_fill_that_comes_during_a_position_check_is_not_booked_back(venue: LocalVenue) -> None:
    async with running(venue, **POSITIONS) as bench:
        await bought(bench)
        answers = await late_positions(bench)
        await until(lambda: len(answers) >= 4, "further checks")
        assert (bench.net_position(), others(bench)) == (2 * HALF, [])


async def test_2_7_late_without_our_refusal_the_engine_books_it_back(venue: LocalVenue) -> None:
    async with running(venue, **POSITIONS) as bench:
        await bought(bench)
        bench.execution._remember_trade = lambda key: None
        await late_positions(bench)
        await until(lambda: others(bench), "the fill that the engine invents for a position that was told too late")
        assert await bench.position() == 2 * HALF


async def test_2_7_push_a_position_of_the_stream_is_not_a_fill(venue: LocalVenue) -> None:
    async with running(venue) as bench:
        await bench.fault("delay_private", stream="fill", delay_ms=300)  # the stream tells the position first
        await bought(bench)
        assert (bench.net_position(), others(bench)) == (HALF, [])
        bench.execution._send_position_status_report(position_report(bench, "1.0"))
        await until(lambda: others(bench), "the fill that the engine invents at once for a pushed report")


async def test_2_7_raise_startup_a_node_that_cannot_be_reconciled_ends(venue: LocalVenue) -> None:
    """NautilusTrader itself stays up without its trader."""
    key = hold(venue.descriptor["accounts"][0]["private_key"])  # type: ignore[index]
    node = TradingNode(node_config(venue, key), loop=asyncio.get_running_loop())
    node.add_data_client_factory(NADO, NadoLiveDataClientFactory)
    node.add_exec_client_factory(NADO, NadoLiveExecClientFactory)
    node.trader.add_strategy(Hand())
    node.build()
    (execution,) = node.kernel.exec_engine._clients.values()
    refused: list[HedgewireError] = []
    node.kernel.msgbus.subscribe(REFUSED_TOPIC, refused.append)

    async def fail(command: Any) -> Any:
        raise ConnectionError("no answer")

    execution.generate_fill_reports = fail
    task = asyncio.create_task(node.run_async())
    await until(lambda: refused and not node.kernel.is_running(), "the end of the node")
    assert not node.trader.is_running
    assert "could not be reconciled" in refused[0].message
    assert not execution.reconciliation_active
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_2_3_a_position_has_no_id_of_its_own(bench: Bench) -> None:
    """One with an id is compared as a hedging one, and never agrees with a netted position."""
    await bought(bench)
    question = GeneratePositionStatusReports(ETH, None, None, UUID4(), 0)
    (report,) = await bench.execution.generate_position_status_reports(question)
    engine = bench.node.kernel.exec_engine
    assert report.venue_position_id is None
    assert engine.reconcile_execution_report(report)
    engine.reconcile_execution_report(position_report(bench, "0.5", PositionId("ETH-1")))
    await until(lambda: others(bench), "the fill that the engine invents for a second position")


def position_report(bench: Bench, size: str, position_id: PositionId | None = None) -> PositionStatusReport:
    now = bench.hand.clock.timestamp_ns()
    return PositionStatusReport(
        bench.execution.account_id, ETH, PositionSide.LONG, Quantity.from_str(size), UUID4(), now, now, position_id
    )


# ---- 2.2 and 2.7 orders on their way


async def test_2_7_cancel_without_an_answer_an_order_stays_open(venue: LocalVenue) -> None:
    async with running(venue, **IN_FLIGHT) as bench:
        order = await bench.rest()
        await bench.fault("swallow_request", request="cancel_orders")
        await bench.fault("query_unavailable")
        asked = questions(bench)
        bench.hand.cancel_order(order)
        await until(lambda: len(asked) >= 4, "questions beyond those after which the engine decides")
        assert order.is_open
        assert "OrderCanceled" not in bench.hand.names(order)
        asked = answer_with(bench, "generate_order_status_report", None)
        bench.hand.cancel_order(order)
        await until(lambda: order.status == OrderStatus.CANCELED, "the end that the engine invents for None")
        assert asked
        assert list(bench.open_at_venue()) == [order.venue_order_id.value]


async def test_2_7_update_without_an_answer_an_order_stays_open(venue: LocalVenue) -> None:
    async with running(venue, **IN_FLIGHT) as bench:
        order = await bench.rest()
        await bench.fault("swallow_request", request="cancel_and_place")
        await bench.fault("query_unavailable")
        asked = questions(bench)
        bench.hand.modify_order(order, price=bench.cache.instrument(ETH).make_price(order.price - 1))
        await until(lambda: len(asked) >= 4, "questions beyond those after which the engine decides")
        assert order.is_open
        assert list(bench.open_at_venue()) == [order.venue_order_id.value]


async def test_2_7_submit_an_order_that_the_engine_gave_up_and_that_lives_is_an_external_one(venue: LocalVenue) -> None:
    """The engine rejects an order on its way after some questions, whatever the client does: 30 s by default. What the
    venue then says of it must not be lost on an order that cannot come back."""
    async with running(venue, **IN_FLIGHT) as bench:
        await bench.fault("reply_lost", request="place_order")
        await bench.fault("query_unavailable")
        await bench.fault("drop_private")
        order = bench.hand.limit("100", post_only=True)
        bench.hand.submit_order(order)
        rejected = await bench.told(order, "OrderRejected")
        assert (rejected.reason, rejected.reconciliation) == ("UNKNOWN", True)
        (venue_order_id,) = bench.open_at_venue()
        await bench.clear_faults()
        (living,) = await until(lambda: bench.cache.orders_open(instrument_id=ETH), "the order that lives")
        assert (living.venue_order_id.value, living.strategy_id) == (venue_order_id, EXTERNAL)
        await bench.other.execute("cancel_orders", bench.other.cancellation([ETH_ID], [venue_order_id]))
        await until(lambda: living.status == OrderStatus.CANCELED, "its end")


async def test_2_7_submit_an_order_that_can_be_found_is_not_rejected(venue: LocalVenue) -> None:
    async with running(venue, **IN_FLIGHT) as bench:
        await bench.fault("reply_lost", request="place_order")
        await bench.fault("drop_private")
        order = bench.hand.limit("100", post_only=True)
        bench.hand.submit_order(order)
        await until(lambda: order.status == OrderStatus.ACCEPTED, lambda: f"acceptance; seen {bench.hand.names(order)}")


# ---- 2.2 and 2.7 open orders


async def test_2_7_open_only_false_orders_nobody_can_list_stay_as_they_are(venue: LocalVenue) -> None:
    """The engine takes a list that fails for an empty one, and ends what is missing from it without a question where
    the order was sent without naming its client."""
    async with running(venue, **OPEN) as bench:
        order = await bench.rest()
        await bench.fault("query_unavailable")
        listed = questions(bench, "generate_order_status_reports")
        await until(lambda: len(listed) >= 5, "lists beyond those after which the engine decides")
        assert [report.client_order_id for report in listed[-1]] == [order.client_order_id]
        assert bench.hand.names(order) == ["OrderInitialized", "OrderSubmitted", "OrderAccepted"]
        answer_with(bench, "generate_order_status_reports", ConnectionError("no answer"))
        await until(lambda: order.status == OrderStatus.REJECTED, "the end that the engine invents for an exception")
        assert list(bench.open_at_venue()) == [order.venue_order_id.value]


async def test_2_7_open_only_false_an_order_nobody_can_ask_about_stays_as_it_is(venue: LocalVenue) -> None:
    """The engine takes an exception of its last question for *not found*."""
    async with running(venue, **OPEN) as bench:
        order = bench.hand.limit("100", post_only=True)
        bench.hand.submit_order(order, client_id=ClientId(NADO))
        await bench.told(order, "OrderAccepted")
        await bench.fault("query_unavailable")
        answer_with(bench, "generate_order_status_reports", [])
        asked = questions(bench)
        await until(lambda: len(asked) >= 2, "targeted questions")
        assert bench.hand.names(order) == ["OrderInitialized", "OrderSubmitted", "OrderAccepted"]
        answer_with(bench, "generate_order_status_report", ConnectionError("no answer"))
        await until(lambda: order.status == OrderStatus.REJECTED, "the end that the engine invents for an exception")
        assert list(bench.open_at_venue()) == [order.venue_order_id.value]


def questions(bench: Bench, method: str = "generate_order_status_report") -> list[Any]:
    """Our client's answers to the engine, or its exceptions, as they come."""
    answered: list[Any] = []
    own = getattr(bench.execution, method)

    async def watched(command: Any) -> Any:
        try:
            answered.append(await own(command))
        except HedgewireError as error:
            answered.append(error)
            raise
        return answered[-1]

    setattr(bench.execution, method, watched)
    return answered


# ---- 2.1, 2.3 to 2.5: what reports hold


async def test_2_1_the_reports_of_the_start_come_after_their_instruments(venue: LocalVenue) -> None:
    async with aiohttp.ClientSession() as session:
        other = NadoTestClient(venue, session)
        placed = await other.place(ETH_ID, "3000", "0.5", DEFAULT)
        assert placed["status"] == "success", placed
        async with running(venue) as bench:
            (order,) = bench.cache.orders_open(instrument_id=ETH)
            assert order.venue_order_id.value == placed["data"]["digest"]
            unlisted = InstrumentId.from_str("XYZ-PERP.NADO")
            engine = bench.node.kernel.exec_engine
            assert engine.reconcile_execution_report(order_report(bench, instrument_id=unlisted)), "dropped in silence"
            assert bench.cache.orders(instrument_id=unlisted) == []


async def test_2_3_an_order_that_has_traded_is_not_reported_as_accepted(bench: Bench) -> None:
    await bench.other.control("liquidity", {"freeze": True, "product_id": ETH_ID, "drain": "bids"})
    order = await bench.rest("1", size="0.5")
    await bench.counterparty.sell(order.price, "0.2")
    await until(lambda: order.filled_qty.as_decimal() == Decimal("0.2"), "a part")
    question = GenerateOrderStatusReport(ETH, order.client_order_id, order.venue_order_id, UUID4(), 0)
    report = await bench.execution.generate_order_status_report(question)
    assert (report.order_status, report.filled_qty, report.avg_px) == (
        OrderStatus.PARTIALLY_FILLED, order.filled_qty, order.price.as_decimal(),
    )  # fmt: skip
    engine = bench.node.kernel.exec_engine
    careless = order_report(bench, order, filled_qty=Quantity.from_str("0.300"))
    assert engine.reconcile_execution_report(careless), "a fill in an ACCEPTED report is dropped in silence"
    assert order.filled_qty.as_decimal() == Decimal("0.2")


async def test_2_3_a_report_of_an_unchanged_order_changes_nothing(bench: Bench) -> None:
    order = await bench.rest("101.3", size="0.777")
    instrument = bench.cache.instrument(ETH)
    question = GenerateOrderStatusReport(ETH, order.client_order_id, order.venue_order_id, UUID4(), 0)
    report = await bench.execution.generate_order_status_report(question)
    engine = bench.node.kernel.exec_engine
    assert engine.reconcile_execution_report(report)
    assert "OrderUpdated" not in bench.hand.names(order)
    assert engine.reconcile_execution_report(order_report(bench, order, price=instrument.make_price(order.price + 1)))
    assert "OrderUpdated" in bench.hand.names(order), "any difference is news to the engine, also one of rounding"


async def test_2_4_trade_ids_are_the_venue_s_and_never_come_again(bench: Bench) -> None:
    """A fill whose id a closed position has seen opens none: with ids of a counter of our own fills would be lost."""
    first = await bought(bench)
    low = bench.cache.instrument(ETH).make_price(bench.cache.quote_tick(ETH).bid_price - 5)
    sale = bench.hand.order_factory.limit(ETH, OrderSide.SELL, first.quantity, low, time_in_force=TimeInForce.IOC)
    bench.hand.submit_order(sale)
    await until(lambda: sale.status == OrderStatus.FILLED and bench.net_position() == 0, "flat")
    resting = await bench.rest()
    used = next(event for event in first.events if type(event).__name__ == "OrderFilled")
    bench.execution.generate_order_filled(
        resting.strategy_id, ETH, resting.client_order_id, resting.venue_order_id, None, used.trade_id, OrderSide.BUY,
        OrderType.LIMIT, used.last_qty, used.last_px, used.currency, used.commission, LiquiditySide.TAKER,
        bench.hand.clock.timestamp_ns(),
    )  # fmt: skip
    await until(lambda: resting.filled_qty == used.last_qty, "a fill with a used id")
    assert bench.net_position() == 0, "it opens no position"
    second = await bought(bench)
    assert bench.net_position() == HALF
    assert not {*first.trade_ids, *sale.trade_ids} & {*second.trade_ids}


async def test_2_5_a_trade_of_somebody_else_comes_with_its_order(bench: Bench) -> None:
    ask = bench.cache.quote_tick(ETH).ask_price.as_decimal() + 5
    await bench.other.place(ETH_ID, str(ask), "0.5", IOC)
    await until(lambda: bench.net_position() == HALF, "position of the manual trade")
    now = bench.hand.clock.timestamp_ns()
    currency = bench.cache.instrument(ETH).quote_currency
    alone = FillReport(
        bench.execution.account_id, ETH, VenueOrderId("0xnobody"), TradeId("1-1"), OrderSide.BUY,
        Quantity.from_str("0.500"), Price.from_str("3000.0"), Money(0, currency), LiquiditySide.TAKER, UUID4(), now,
        now,
    )  # fmt: skip
    bench.node.kernel.exec_engine.reconcile_execution_report(alone)
    assert bench.net_position() == HALF, "a fill report alone is dropped"


def order_report(bench: Bench, order: Order | None = None, **changes: Any) -> OrderStatusReport:
    """What a careless client could say: accepted, whatever else is said."""
    now = bench.hand.clock.timestamp_ns()
    fields: dict[str, Any] = {
        "account_id": bench.execution.account_id,
        "instrument_id": ETH,
        "client_order_id": order.client_order_id if order else None,
        "venue_order_id": order.venue_order_id if order else VenueOrderId("0x1"),
        "order_side": OrderSide.BUY,
        "order_type": OrderType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "order_status": OrderStatus.ACCEPTED,
        "quantity": order.quantity if order else Quantity.from_str("0.500"),
        "filled_qty": Quantity.from_str("0.000"),
        "price": order.price if order else Price.from_str("2500.0"),
        "report_id": UUID4(),
        "ts_accepted": now,
        "ts_last": now,
        "ts_init": now,
    }
    return OrderStatusReport(**(fields | changes))
