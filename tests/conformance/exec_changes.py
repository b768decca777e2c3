"""Execution cards E30 to E53: modifying, canceling and brackets."""

from __future__ import annotations

from typing import Any

from nautilus_trader.model.enums import OrderType

from conformance.acts import cancel_behind_the_back, cancel_first, drift, modify_out_of_band, mute
from conformance.card import ExecCard, Flow, is_coded
from conformance.exec_orders import NO_LIMITS, ONLY_BUYS, ONLY_SELLS, PLACED, resting
from conformance.parameters import VenueParameters

UPDATED = "pending_update updated"
UNCHANGED = "pending_update modify_rejected"
CANCELED = "pending_cancel canceled"


def modify_cards(venue: VenueParameters) -> list[ExecCard]:
    cards = []
    modify, replace = "modify_orders_to_maintain_tob_offset", "cancel_replace_orders_to_maintain_tob_offset"
    rise, fall = drift(150_000), drift(-150_000)
    for id, side, only, move, way in (("E30", "BUY", ONLY_BUYS, rise, 1), ("E31", "SELL", ONLY_SELLS, fall, -1)):
        cards.append(
            ExecCard(
                id=id,
                title=f"limit {side} follows the market by modification",
                needs="modify",
                refused=(resting(side, events=f"{PLACED} ({UNCHANGED})+"),),
                tester=only | {modify: True},
                before=(move,),
                flows=(resting(side, events=f"{PLACED} ({UPDATED})+", follows=way),),
                acts=((f"{PLACED} (({UPDATED} {UPDATED})|{UNCHANGED})", mute),),
                resting=1,
            )
        )
    for id, side, only, move, way in (("E32", "BUY", ONLY_BUYS, rise, 1), ("E33", "SELL", ONLY_SELLS, fall, -1)):
        cards.append(
            ExecCard(
                id=id,
                title=f"limit {side} follows the market by cancel and replace",
                tester=only | {replace: True},
                before=(move,),
                flows=(
                    resting(side, events=f"{PLACED} ({CANCELED})?", then="canceled?", count=2, more=True, follows=way),
                ),
                acts=((f"{PLACED} {CANCELED}", mute),),
                resting=1,
            )
        )
    stop = NO_LIMITS | {"enable_stop_buys": True, "stop_offset_ticks": venue.offset_ticks}
    order = "BUY STOP_MARKET"
    replaces = "modify" in venue.capabilities and "amend" not in venue.capabilities
    words = f"{PLACED} {UNCHANGED}"
    coded = {"modify_rejected": {"reason": is_coded}}
    refused = resting("BUY", events=words, values=coded)
    if replaces:
        refused = resting("BUY", events=f"{words} canceled", then="", values=coded)
    refused_stop = (resting("BUY", order=order, events=f"{PLACED} ({UNCHANGED})+"),)
    return [
        *cards,
        ExecCard(
            id="E34",
            title="stop order follows the market by modification",
            needs="modify:conditional",
            refused=refused_stop if "type:stop_market" in venue.capabilities else (),
            tester=stop | {"modify_stop_orders_to_maintain_offset": True},
            flows=(Flow(order=order, events=f"{PLACED} ({UPDATED})+", then="canceled"),),
            acts=((f"{PLACED} pending_update (updated|modify_rejected)", mute),),
            resting=1,
        ),
        ExecCard(
            id="E35",
            title="stop order follows the market by cancel and replace",
            needs="type:stop_market",
            tester=stop | {"cancel_replace_stop_orders_to_maintain_offset": True},
            flows=(
                resting("BUY", order=order, events=f"{PLACED} ({CANCELED})?", then="canceled?", count=2, more=True),
            ),
            acts=((f"{PLACED} {CANCELED}", mute),),
            resting=1,
        ),
        ExecCard(
            id="E36",
            title="modification the venue cannot do is refused",
            tester=ONLY_BUYS,
            # A replacement cancels first: where there is no amend, the refusal of the new order ends the old one.
            flows=(refused,),
            acts=((PLACED, mute), (PLACED, modify_out_of_band)),
            resting=0 if replaces else 1,
        ),
    ]


def cancel_cards(venue: VenueParameters) -> list[ExecCard]:
    pair = (resting("BUY"), resting("SELL"))
    single = tuple(resting(side, then=CANCELED) for side in ("BUY", "SELL"))
    return [
        ExecCard(
            id="E40",
            title="single order is canceled",
            tester=ONLY_BUYS,
            flows=(Flow(order="BUY LIMIT", events=f"{PLACED} {CANCELED}"),),
            acts=((PLACED, mute), (PLACED, cancel_first)),
            requests={"cancel": 1, "cancel_all": 0},
        ),
        ExecCard(
            id="E41",
            title="all orders canceled on stop, in one request",
            tester={},
            flows=pair,
            resting=2,
            requests={"cancel": 0, "cancel_all": 1},
        ),
        ExecCard(
            id="E42",
            title="orders canceled one by one on stop",
            tester={"use_individual_cancels_on_stop": True},
            flows=single,
            resting=2,
            requests={"cancel": 2, "cancel_all": 0},
        ),
        ExecCard(
            id="E43",
            title="orders canceled as a batch on stop, in one request",
            tester={"use_batch_cancel_on_stop": True},
            flows=single,
            resting=2,
            requests={"cancel_batch": 1, "cancel_all": 0},
        ),
        ExecCard(
            id="E44",
            title="cancel of an order that is gone is refused, and the order ends",
            tester=ONLY_BUYS,
            flows=(
                Flow(
                    order="BUY LIMIT",
                    events=f"{PLACED} pending_cancel (cancel_rejected canceled|canceled cancel_rejected)",
                    values={"cancel_rejected": {"reason": is_coded}},
                ),
            ),
            acts=((PLACED, mute), (PLACED, cancel_behind_the_back)),
        ),
    ]


def bracket_cards(venue: VenueParameters) -> list[ExecCard]:
    def bracket(id: str, title: str, side: str, **tester: Any) -> ExecCard:
        only = ONLY_BUYS if side == "BUY" else ONLY_SELLS
        exits = "SELL" if side == "BUY" else "BUY"
        return ExecCard(
            id=id,
            title=title,
            needs="bracket",
            tester=only | {"enable_brackets": True, "bracket_entry_order_type": OrderType.LIMIT} | tester,
            flows=(
                resting(side, terms={"is_post_only": tester.get("use_post_only", False)}),
                resting(exits),
                Flow(order=f"{exits} STOP_MARKET", events=PLACED, then="canceled"),
            ),
            resting=1,
        )

    return [
        bracket("E50", "bracket BUY", "BUY"),
        bracket("E51", "bracket SELL", "SELL"),
        bracket("E52", "bracket whose entry fills activates its exits", "BUY", tob_offset_ticks=-venue.cross_ticks),
        bracket("E53", "bracket with a post-only entry", "BUY", use_post_only=True),
    ]
