"""What happens around a tester: to the venue, or by a strategy's own hand where upstream's tester has no switch."""

from __future__ import annotations

from typing import Any

from nautilus_trader.model.enums import OrderSide

from conformance.card import Act
from conformance.session import Session, until
from hedgewire.nautilus.truth import Notice


def fault(name: str, operation: str | None = None, **params: Any) -> Act:
    """Arm a fault of the local venue."""

    async def act(session: Session) -> None:
        await session.bench.fault(name, operation, **params)

    return act


def step(seconds: int) -> Act:
    """Move the venue's clock forward."""

    async def act(session: Session) -> None:
        await session.bench.step(seconds)

    return act


def drift(ppb: int) -> Act:
    """The market moves one way."""

    async def act(session: Session) -> None:
        await session.bench.drift(ppb)

    return act


async def freeze(session: Session) -> None:
    """The market stands still."""
    await session.bench.freeze()


async def mute(session: Session) -> None:
    """The tester acts on every quote; without quotes it stays where it is."""
    session.tester.unsubscribe_quote_ticks(session.bench.parameters.instrument_id)


async def cancel_first(session: Session) -> None:
    session.tester.cancel_order(session.orders()[0])


async def in_doubt(session: Session) -> None:
    """Wait until the client has said that it does not know what became of a command."""
    notices = session.notices
    await until(
        lambda: any(notice.notice is Notice.OUTCOME_UNKNOWN for notice in notices),
        lambda: f"word of an unknown outcome; seen {notices}",
    )


async def submit_pair(session: Session) -> None:
    """A list of a buy and a sell, both far from the market; 1.231's tester has no switch for it."""
    tester, parameters = session.tester, session.bench.parameters
    await until(lambda: session.cache.quote_tick(parameters.instrument_id), lambda: "a quote")
    quote, instrument = session.cache.quote_tick(parameters.instrument_id), session.instrument()
    away = instrument.price_increment * parameters.offset_ticks
    quantity = instrument.make_qty(parameters.size)
    orders = [
        tester.order_factory.limit(parameters.instrument_id, side, quantity, instrument.make_price(price))
        for side, price in ((OrderSide.BUY, quote.bid_price - away), (OrderSide.SELL, quote.ask_price + away))
    ]
    tester.submit_order_list(tester.order_factory.create_list(orders))


async def modify_out_of_band(session: Session) -> None:
    """A price that the venue's own band refuses."""
    order = session.orders()[0]
    session.tester.modify_order(order, price=session.instrument().make_price(order.price * 2))


async def cancel_behind_the_back(session: Session) -> None:
    """The venue drops the order and the message about it is lost; then the strategy cancels it."""
    order = session.orders()[0]
    await session.bench.fault("drop_private", stream=session.bench.parameters.order_stream)
    await session.bench.control("faults", name="unsolicited_cancel", digest=session.bench.order_id(order))
    await session.bench.clear_faults()
    session.tester.cancel_order(order)


async def halt(session: Session) -> None:
    """The venue stops trading the instrument."""
    path, body = session.bench.parameters.halt
    await session.bench.control(path, **body)


def arrived(count: int) -> Act:
    """Wait until so much data has reached the tester."""

    async def act(session: Session) -> None:
        await until(lambda: len(session.tester.live) >= count, lambda: f"{len(session.tester.live)} of {count} data")

    return act


async def listening(session: Session) -> None:
    """Wait until the venue has the subscription, or the client has said that there is none."""
    bench = session.bench
    await until(lambda: bench.public_streams() or session.refusals, lambda: "a subscription at the venue")


async def load_one(session: Session) -> None:
    """Ask the provider for one instrument, as a node does that is configured with ids to load."""
    instrument_id = session.bench.parameters.instrument_id
    provider = session.data_client._instrument_provider
    await provider.load_async(instrument_id)
    session.tester.live.append(provider.find(instrument_id))


async def ask_greeks(session: Session) -> None:
    """1.231's tester has no switch for it."""
    session.tester.subscribe_option_greeks(session.bench.parameters.instrument_id)
