"""Orders that wait for the mark price, and those that are tied to a position (Paradex reference 6.2)."""

from __future__ import annotations

from hedgewire.simulator.orders import Reason
from hedgewire.simulator.wire.paradex.executes import Executes
from hedgewire.simulator.wire.paradex.order_entry import ABOVE, BELOW
from hedgewire.simulator.wire.paradex.orders import POSITION_STOPS, UNTRIGGERED, OrderDesk, Placed
from hedgewire.simulator.wire.paradex.state import ParadexState

CHECK_MS = 100


class Triggers:
    """Looks at every waiting order as often as the market moves."""

    def __init__(self, state: ParadexState, desk: OrderDesk, executes: Executes) -> None:
        self.state = state
        self.desk = desk
        self.executes = executes
        desk.listeners.append(self._give_direction)

    def start(self) -> None:
        self.state.clock.every_ms(CHECK_MS, self.check)

    def check(self) -> None:
        """Nothing triggers while the system is in a restricted mode."""
        if self.state.system_status != "ok":
            return
        for placed in [each for each in self.desk.open.values() if each.status == UNTRIGGERED]:
            mark = self.state.ledger.markets[placed.product_id].oracle_price
            reached = mark >= placed.trigger_price if ABOVE in placed.flags else mark <= placed.trigger_price
            if reached:
                self.executes.enter(placed)

    def _give_direction(self, placed: Placed) -> None:
        """Whoever gave none waits for the side of the trigger price that the mark price is not on (inferred)."""
        if placed.status == UNTRIGGERED and not {ABOVE, BELOW} & set(placed.flags):
            mark = self.state.ledger.markets[placed.product_id].oracle_price
            placed.flags = (*placed.flags, ABOVE if placed.trigger_price > mark else BELOW)

    def position_changed(self, account: str, product_id: int) -> None:
        """Reduce-only orders go that could no longer only reduce; those tied to a position end with it."""
        held = self.state.account(account).positions[product_id].amount
        for placed in self.desk.of(account, self.state.symbol(product_id)):
            if "REDUCE_ONLY" not in placed.flags:
                continue
            rests = self.state.order(placed.order_id) is not None
            increases = held == 0 or (held > 0) == placed.is_buy or placed.remaining > abs(held)
            if (rests and increases) or (placed.type in POSITION_STOPS and held == 0):
                self.executes.cancel_now(placed, Reason.REDUCE_ONLY_INCREASES)
