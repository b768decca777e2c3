"""The pairs that schedules of faults are played on, and what a judge has to know of their venues."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from hedgewire.cli.demo_legs import Leg, Pair, parse_pair, venues_of
from hedgewire.simulator.faults import ALONE
from hedgewire.simulator.schedule import WORDS, Planned, make_schedule
from hedgewire.simulator.venue import VenueApp
from hedgewire.simulator.wire.nado.rest import NadoApp
from hedgewire.simulator.wire.paradex.orders import Placed
from hedgewire.simulator.wire.paradex.rest import ParadexApp

PAIRS: dict[str, Pair] = {
    "nado": parse_pair("eth:nado,sol:nado"),
    "paradex": parse_pair("eth:paradex,sol:paradex"),
    "both": parse_pair("eth:nado,eth:paradex"),
}
PRODUCT_IDS = {"nado": {"eth": 4, "sol": 8}, "paradex": {"eth": 2, "sol": 3}}
"""As the local venues and their faults number the coins' perpetuals."""
KEY_FIELDS = {"nado": "private_key", "paradex": "l2_private_key"}
"""Where a local venue's descriptor has the key that orders are signed with."""


def pair_of_seed(seed: int) -> str:
    return Random(f"pair/{seed}").choice(list(PAIRS))


@dataclass(frozen=True, slots=True)
class PlannedAt(Planned):
    """A fault of this venue; a plain ``Planned`` is one of the first leg's."""

    venue: str


def venue_of(planned: Planned, pair: Pair) -> str:
    return planned.venue if isinstance(planned, PlannedAt) else pair[0].venue


def schedule_of(seed: int, pair: Pair, duration_ms: int) -> list[Planned]:
    """Faults of every kind at one venue or at both, and often one that only this venue can play."""
    random, venues = Random(f"struck/{seed}"), venues_of(pair)
    struck = venues if len(venues) == 1 else random.choice((venues[:1], venues[1:], venues))
    planned: list[Planned] = []
    for venue in struck:
        words, numbers = WORDS[venue], [product_id(leg) for leg in pair if leg.venue == venue]
        given = make_schedule(seed if len(venues) == 1 else f"{venue}/{seed}", duration_ms, numbers, words=words)
        if ALONE[venue] and random.random() < 0.3:
            given += make_schedule(f"alone/{seed}", duration_ms, numbers, ALONE[venue], words)[:1]
        planned += [PlannedAt(each.at_ms, each.until_ms, each.name, each.params, venue) for each in given]
    return planned


def product_id(leg: Leg) -> int:
    return PRODUCT_IDS[leg.venue][leg.coin]


def x18(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-18)


@dataclass(frozen=True, slots=True)
class VenueFill:
    """``trade_id`` and ``order`` as the client knows them; ``qty`` is signed base."""

    trade_id: str
    order: str
    product_id: int
    qty: Decimal
    price: Decimal


def order_name(app: VenueApp, order_id: str) -> str:
    """What its sender calls an order of the exchange: Paradex numbers one only when it has arrived."""
    if isinstance(app, ParadexApp):
        placed: Placed | None = app.desk.open.get(order_id) or app.desk.closed.get(order_id)
        return order_id if placed is None else placed.client_id
    return order_id


def fills(app: VenueApp) -> list[VenueFill]:
    """Of orders of the account that trades, as the venue's own archive has them."""
    account = app.state.default_account(0)
    if isinstance(app, ParadexApp):
        rows = [row for _, row in app.archive.fills.rows if (row["account"], row["fill_type"]) == (account, "FILL")]
        return [
            VenueFill(
                str(row["id"]),
                str(row["client_id"]),
                app.state.products[str(row["market"])],
                Decimal(str(row["size"])) * (1 if row["side"] == "BUY" else -1),
                Decimal(str(row["price"])),
            )
            for row in rows
        ]
    assert isinstance(app, NadoApp)
    return [
        VenueFill(
            f"{fill.submission_idx}-{fill.order.order_id[2:14]}",
            fill.order.order_id,
            fill.order.product_id,
            x18(fill.quantity if fill.order.is_buy else -fill.quantity),
            x18(fill.price),
        )
        for fill in app.archive.fills
        if fill.order.owner == account
    ]
