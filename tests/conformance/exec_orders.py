"""Execution cards E01 to E27: market, limit and conditional orders."""

from __future__ import annotations

from typing import Any

from nautilus_trader.model.enums import OrderType, TimeInForce

from conformance.acts import mute, step
from conformance.card import ExecCard, Flow
from conformance.parameters import VenueParameters

PLACED = "initialized submitted accepted"
FILLED = f"{PLACED} filled+"
GONE = "initialized submitted (accepted canceled|rejected)"
"""A venue may call it a cancel or refuse the order: Nado does both, and what arrives first is told."""
NO_LIMITS: dict[str, Any] = {"enable_limit_buys": False, "enable_limit_sells": False}
ONLY_BUYS: dict[str, Any] = {"enable_limit_sells": False}
ONLY_SELLS: dict[str, Any] = {"enable_limit_buys": False}
CLOSE_LONG = Flow(order="SELL MARKET", events="", then=FILLED, terms={"is_reduce_only": True})
CLOSE_SHORT = Flow(order="BUY MARKET", events="", then=FILLED, terms={"is_reduce_only": True})


def resting(side: str, **more: Any) -> Flow:
    """A limit order that rests until the stop cancels it."""
    return Flow(**{"order": f"{side} LIMIT", "events": PLACED, "then": "canceled"} | more)


def market_cards(venue: VenueParameters) -> list[ExecCard]:
    def opening(id: str, title: str, sign: int, tif: TimeInForce = TimeInForce.GTC) -> ExecCard:
        side, close = ("BUY", CLOSE_LONG) if sign > 0 else ("SELL", CLOSE_SHORT)
        return ExecCard(
            id=id,
            title=title,
            needs=f"market:{tif.name.lower()}",
            tester=NO_LIMITS | {"open_position_on_start_qty": sign * venue.size, "open_position_time_in_force": tif},
            flows=(Flow(order=f"{side} MARKET", events=FILLED, terms={"time_in_force": tif}), close),
            position=sign,
        )

    quote = NO_LIMITS | {"open_position_on_start_qty": venue.quote_size, "use_quote_quantity": True}
    return [
        opening("E01", "market BUY fills", 1),
        opening("E02", "market SELL fills", -1),
        opening("E03", "market IOC fills", 1, TimeInForce.IOC),
        opening("E04", "market FOK fills", 1, TimeInForce.FOK),
        ExecCard(
            id="E05",
            title="market order with quantity in quote units",
            needs="quote_quantity",
            tester=quote,
            flows=(Flow(order="BUY MARKET", events=FILLED), CLOSE_LONG),
            position=1,
        ),
        opening("E06", "position closed by a market order on stop", 1),
    ]


def limit_cards(venue: VenueParameters) -> list[ExecCard]:
    now = {"tob_offset_ticks": -venue.cross_ticks}  # through the market: 1.231's tester has no switch for it
    minute = {"order_expire_time_delta_mins": 1}
    ioc, fok = {"limit_time_in_force": TimeInForce.IOC}, {"limit_time_in_force": TimeInForce.FOK}
    return [
        ExecCard(id="E10", title="limit BUY GTC is accepted", tester=ONLY_BUYS, flows=(resting("BUY"),), resting=1),
        ExecCard(id="E11", title="limit SELL GTC is accepted", tester=ONLY_SELLS, flows=(resting("SELL"),), resting=1),
        ExecCard(
            id="E12", title="limit pair is accepted", tester={}, flows=(resting("BUY"), resting("SELL")), resting=2
        ),
        ExecCard(
            id="E13",
            title="limit IOC through the market fills",
            tester=ONLY_BUYS | now | ioc,
            flows=(Flow(order="BUY LIMIT", events=FILLED, more=True), CLOSE_LONG),
            acts=(("initialized", mute),),
            position=None,
        ),
        ExecCard(
            id="E14",
            title="limit IOC away from the market ends at once without a fill",
            tester=ONLY_BUYS | ioc,
            flows=(Flow(order="BUY LIMIT", events=GONE, more=True),),
            acts=((GONE, mute),),
        ),
        ExecCard(
            id="E15",
            title="limit FOK fills whole",
            needs="limit:fok",
            tester=ONLY_BUYS | now | fok,
            flows=(Flow(order="BUY LIMIT", events=FILLED, more=True), CLOSE_LONG),
            acts=(("initialized", mute),),
            position=None,
        ),
        ExecCard(
            id="E16",
            title="limit FOK that cannot fill ends at once without a fill",
            needs="limit:fok",
            tester=ONLY_BUYS | fok,
            flows=(Flow(order="BUY LIMIT", events=GONE, more=True),),
            acts=((GONE, mute),),
        ),
        ExecCard(
            id="E17",
            title="limit GTD is accepted with its expiry",
            needs="limit:gtd",
            tester=ONLY_BUYS | minute,
            flows=(resting("BUY", terms={"time_in_force": TimeInForce.GTD}),),
            resting=1,
        ),
        ExecCard(
            id="E18",
            title="limit GTD expires",
            needs="limit:gtd",
            tester=ONLY_BUYS | minute,
            flows=(Flow(order="BUY LIMIT", events=f"{PLACED} expired"),),
            acts=((PLACED, mute), (PLACED, step(62))),
        ),
        ExecCard(
            id="E19",
            title="limit DAY is accepted",
            needs="limit:day",
            tester=ONLY_BUYS | {"limit_time_in_force": TimeInForce.DAY},
            flows=(resting("BUY", terms={"time_in_force": TimeInForce.DAY}),),
            resting=1,
        ),
    ]


def conditional_cards(venue: VenueParameters) -> list[ExecCard]:
    kinds = (
        ("E20", "E21", OrderType.STOP_MARKET),
        ("E22", "E23", OrderType.STOP_LIMIT),
        ("E24", "E25", OrderType.MARKET_IF_TOUCHED),
        ("E26", "E27", OrderType.LIMIT_IF_TOUCHED),
    )
    cards = []
    for buy, sell, kind in kinds:
        for id, side in ((buy, "BUY"), (sell, "SELL")):
            switch = {"enable_stop_buys": side == "BUY", "enable_stop_sells": side == "SELL", "stop_order_type": kind}
            cards.append(
                ExecCard(
                    id=id,
                    title=f"{kind.name.lower().replace('_', ' ')} {side} is accepted",
                    needs=f"type:{kind.name.lower()}",
                    tester=NO_LIMITS | switch | {"stop_offset_ticks": venue.offset_ticks},
                    flows=(Flow(order=f"{side} {kind.name}", events=PLACED, then="canceled"),),
                    resting=1,
                )
            )
    return cards
