"""What an earlier process left, read from its journal: the result of the day, and at most one cycle still open."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hedgewire.journal import FillRecord, Intent, Journal

from .guards import DailyLoss
from .vocabulary import ZERO, Direction, Fill, FundingPaid, Side


class LeftoverError(Exception):
    """The journal does not allow a start. The text begins with a stable reason code."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A cycle that is not known to have ended flat. ``orders`` counts the ids it has used."""

    cycle_id: str
    direction: Direction
    orders: int
    fills: tuple[Fill, ...]
    funding: tuple[FundingPaid, ...]


def interrupted(journal: Journal, instruments: tuple[str, str]) -> Interrupted | None:
    """The open cycle, None when there is none. Raises :class:`LeftoverError` when it is not one cycle of this pair.

    Open is a cycle whose fills do not add up to nothing, and one that traded and has no result.
    """
    finished = {cycle_id for cycle_id, _, _ in journal.finished_cycles()}
    orders: dict[str, list[Intent]] = {}
    for intent in journal.intents():
        orders.setdefault(intent.cycle_id, []).append(intent)
    found = []
    for cycle_id, intents in orders.items():
        fills = [fill for intent in intents for fill in journal.fills(intent.order_id)]
        if any(_net(fills).values()) or (fills and cycle_id not in finished):
            found.append((cycle_id, intents, sorted(fills, key=lambda fill: fill.ts_ns)))
    if not found:
        return None
    if len(found) > 1:
        names = ", ".join(cycle_id for cycle_id, _, _ in found)
        raise LeftoverError(f"leftover_of_several: cycles {names} are open in {journal.path}. hint: close them by hand")
    cycle_id, intents, fills = found[0]
    other = {fill.instrument for fill in fills} - set(instruments)
    if other:
        raise LeftoverError(
            f"leftover_of_another_pair: cycle {cycle_id} in {journal.path} traded {', '.join(sorted(other))}. "
            "hint: finish it with the configuration it was started with"
        )
    first = intents[0]
    long_leg_0 = (first.leg == 0) is (first.side == Side.BUY)
    return Interrupted(
        cycle_id,
        Direction.BUY_FIRST if long_leg_0 else Direction.SELL_FIRST,
        len(intents),
        tuple(_fill(fill, instruments) for fill in fills),
        tuple(
            FundingPaid(instruments.index(payment.instrument), payment.amount, payment.ts_ns)
            for payment in journal.funding_payments()
            if payment.cycle_id == cycle_id and payment.instrument in instruments
        ),
    )


def restore_day(journal: Journal, daily_loss: DailyLoss, still_open: str) -> None:
    """Tell the guard what was realised before this start; the open cycle is told when it ends."""
    told = [
        (ts_ns, Decimal(row["net_pnl_usd"]))
        for cycle_id, row, ts_ns in journal.finished_cycles()
        if cycle_id != still_open
    ]
    told += [(payment.ts_ns, payment.amount) for payment in journal.funding_payments() if not payment.cycle_id]
    for ts_ns, net in sorted(told):
        daily_loss.record(net, ts_ns)


def _net(fills: list[FillRecord]) -> dict[str, Decimal]:
    held: dict[str, Decimal] = {}
    for fill in fills:
        held[fill.instrument] = held.get(fill.instrument, ZERO) + fill.qty * Side(fill.side).sign
    return held


def _fill(fill: FillRecord, instruments: tuple[str, str]) -> Fill:
    return Fill(
        instruments.index(fill.instrument), fill.order_id, fill.trade_id, Side(fill.side), fill.qty, fill.price,
        fill.fee, fill.is_maker, fill.ts_ns,
    )  # fmt: skip
