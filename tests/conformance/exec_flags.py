"""Execution cards E60 to E87: flags, refusals, doubtful outcomes, start, stop and restart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from nautilus_trader.model.enums import OrderStatus, OrderType, TimeInForce

from conformance.acts import cancel_first, drift, fault, in_doubt, mute, submit_pair
from conformance.card import Act, ExecCard, Flow, is_coded
from conformance.exec_changes import UNCHANGED, UPDATED
from conformance.exec_orders import CLOSE_LONG, CLOSE_SHORT, FILLED, GONE, NO_LIMITS, ONLY_BUYS, PLACED, resting
from conformance.parameters import VenueParameters

REFUSED = "initialized submitted rejected"
DENIED = "initialized denied"


def starts(text: str) -> Any:
    return lambda reason: reason.startswith(text)


def flag_cards(venue: VenueParameters) -> list[ExecCard]:
    opened = NO_LIMITS | {"open_position_on_start_qty": venue.size}
    return [
        ExecCard(
            id="E60",
            title="post-only order is accepted",
            tester={"use_post_only": True},
            flows=tuple(resting(side, terms={"is_post_only": True}) for side in ("BUY", "SELL")),
            resting=2,
        ),
        ExecCard(
            id="E61",
            title="reduce-only order closes the position",
            tester=opened | {"reduce_only_on_stop": True},
            flows=(
                Flow(order="BUY MARKET", events=FILLED, held={"reduce_only": False}),
                Flow(order="SELL MARKET", events="", then=FILLED, held={"reduce_only": True}),
            ),
            position=1,
        ),
        ExecCard(
            id="E62",
            title="order that shows only a part of itself",
            needs="display_qty",
            tester=ONLY_BUYS | {"order_display_qty": venue.display},
            flows=(resting("BUY", terms={"display_qty": venue.display}),),
            resting=1,
        ),
        ExecCard(
            id="E63",
            title="the adapter's own order_params reach the venue",
            tester=ONLY_BUYS | {"order_params": dict(venue.order_params)},
            flows=(resting("BUY", held=venue.order_params_held),),
            resting=1,
        ),
    ]


def refusal_cards(venue: VenueParameters) -> list[ExecCard]:
    crossing = {"due_post_only": True, "reason": is_coded}
    stop = NO_LIMITS | {"enable_stop_buys": True, "stop_order_type": OrderType.TRAILING_STOP_MARKET}
    return [
        ExecCard(
            id="E70",
            title="post-only order that would cross is rejected as such",
            tester=ONLY_BUYS | {"test_reject_post_only": True},
            flows=(Flow(order="BUY LIMIT", events=REFUSED, more=True, values={"rejected": crossing}),),
            acts=((REFUSED, mute),),
        ),
        ExecCard(
            id="E71",
            title="reduce-only order without a position is refused",
            tester=NO_LIMITS | {"open_position_on_start_qty": venue.size, "test_reject_reduce_only": True},
            flows=(Flow(order="BUY MARKET", events=GONE, values={"rejected": {"reason": is_coded}}),),
        ),
        ExecCard(
            id="E72",
            title="order type the venue does not have is denied",
            tester=stop | {"trailing_offset": Decimal(50), "stop_offset_ticks": venue.offset_ticks},
            flows=(
                Flow(
                    order="BUY TRAILING_STOP_MARKET",
                    events=DENIED,
                    more=True,
                    values={"denied": {"reason": starts("UNSUPPORTED_ORDER_TYPE")}},
                ),
            ),
            acts=((DENIED, mute),),
            requests={"submit": 0},
        ),
        ExecCard(
            id="E73",
            title="time in force the venue does not have is denied",
            tester=ONLY_BUYS | {"limit_time_in_force": TimeInForce.AT_THE_OPEN},
            flows=(
                Flow(
                    order="BUY LIMIT",
                    events=DENIED,
                    more=True,
                    values={"denied": {"reason": starts("UNSUPPORTED_TIME_IN_FORCE")}},
                ),
            ),
            acts=((DENIED, mute),),
            requests={"submit": 0},
        ),
    ]


def doubt_cards(venue: VenueParameters) -> list[ExecCard]:
    """The answer is an error of the transport: not a word of rejection may be said. All but the cancel were carried
    out; the cancel was not, and its order goes with the stop. What the stream tells of the others comes late: heard
    before the error, it would leave no doubt."""

    def lost(operation: str) -> tuple[Act, ...]:
        late = fault("delay_private", stream=venue.order_stream, delay_ms=300)
        return late, fault("http_5xx_after", operation, count=1)

    can_modify = "modify" in venue.capabilities
    never = fault("http_5xx_before", "cancel", count=1)
    modify = {"modify_orders_to_maintain_tob_offset": True}
    pair = (resting("BUY"), resting("SELL"))
    return [
        ExecCard(
            id="E74",
            title="doubtful submit is not a rejection",
            tester=ONLY_BUYS,
            before=lost("submit"),
            flows=(resting("BUY"),),
            acts=((PLACED, in_doubt),),
            resting=1,
            requests={"submit": 1},
        ),
        ExecCard(
            id="E75",
            title="doubtful cancel is not a cancel rejection",
            tester=ONLY_BUYS,
            flows=(resting("BUY", events=f"{PLACED} pending_cancel"),),
            acts=((PLACED, mute), (PLACED, never), (PLACED, cancel_first), (PLACED, in_doubt)),
            resting=1,
            requests={"cancel": 1, "cancel_all": 1},
        ),
        ExecCard(
            id="E76",
            title="doubtful modification is not a modification rejection",
            needs="modify",
            refused=(resting("BUY", events=f"{PLACED} ({UNCHANGED})+"),),
            tester=ONLY_BUYS | modify,
            before=lost("modify") if can_modify else (drift(150_000),),
            flows=(resting("BUY", events=f"{PLACED} ({UPDATED})+"),),
            acts=(
                *([(f"{PLACED} pending_update", in_doubt)] if can_modify else []),
                (f"{PLACED} ({UPDATED}|{UNCHANGED})", mute),
            ),
            resting=1,
        ),
        ExecCard(
            id="E77",
            title="failure of a whole batch rejects none of its orders",
            tester=NO_LIMITS,
            before=lost("batch"),
            flows=pair,
            acts=(("", submit_pair), (PLACED, in_doubt)),
            resting=2,
            requests={"batch": 1, "submit": 0},
        ),
        ExecCard(
            id="E78",
            title="batch with one refused order rejects that one",
            tester=NO_LIMITS,
            before=(fault("partial_batch", count=1),),
            flows=(
                resting("BUY"),
                Flow(order="SELL LIMIT", events=REFUSED, values={"rejected": {"reason": is_coded}}),
            ),
            acts=(("", submit_pair),),
            resting=1,
            requests={"batch": 1, "submit": 0},
        ),
    ]


def life_cards(venue: VenueParameters) -> list[ExecCard]:
    opened = {"open_position_on_start_qty": venue.size}
    opening = Flow(order="BUY MARKET", events=FILLED)
    stay = {"cancel_orders_on_stop": False, "close_positions_on_stop": False}
    again = stay | NO_LIMITS | {"external_order_claims": [venue.instrument_id]}
    short = NO_LIMITS | {"open_position_on_start_qty": -venue.size}

    def restart(id: str, title: str, prior: dict[str, Any], *flows: Flow, **books: int) -> ExecCard:
        after = {f"{name}_after": value for name, value in books.items()}
        return ExecCard(id=id, title=title, prior=prior | stay, tester=again, flows=flows, **books, **after)

    return [
        ExecCard(
            id="E80",
            title="position opened on start, beside resting orders",
            tester=opened,
            flows=(opening, resting("BUY"), resting("SELL"), CLOSE_LONG),
            position=1,
            resting=2,
        ),
        ExecCard(
            id="E81",
            title="orders canceled on stop, the position stays",
            tester=opened | {"close_positions_on_stop": False},
            flows=(opening, resting("BUY"), resting("SELL")),
            position=1,
            resting=2,
            position_after=1,
        ),
        ExecCard(
            id="E82",
            title="position closed on stop, the orders stay",
            tester={"open_position_on_start_qty": -venue.size, "cancel_orders_on_stop": False},
            flows=(
                Flow(order="SELL MARKET", events=FILLED),
                resting("BUY", then=""),
                resting("SELL", then=""),
                CLOSE_SHORT,
            ),
            position=-1,
            resting=2,
            resting_after=2,
        ),
        ExecCard(
            id="E83",
            title="unsubscribed on stop",
            tester=NO_LIMITS | {"subscribe_book": True},
            flows=(),
        ),
        restart(
            "E84",
            "open orders are known again after a restart",
            {},
            Flow(order="BUY LIMIT", events="accepted"),
            Flow(order="SELL LIMIT", events="accepted"),
            resting=2,
        ),
        restart(
            "E85",
            "filled orders are known again after a restart",
            NO_LIMITS | opened,
            Flow(order="BUY LIMIT", events="accepted filled+", terms={"status": OrderStatus.FILLED}),
            position=1,
        ),
        restart(
            "E86",
            "long position is known again after a restart",
            NO_LIMITS | opened,
            Flow(order="BUY LIMIT", events="accepted filled+"),
            position=1,
        ),
        restart(
            "E87",
            "short position is known again after a restart",
            short,
            Flow(order="SELL LIMIT", events="accepted filled+"),
            position=-1,
        ),
    ]
