"""What the venue does about accounts that carry too much (Paradex reference 6.10)."""

from __future__ import annotations

from hedgewire.simulator.accounts import Account
from hedgewire.simulator.fixed import ONE, mul
from hedgewire.simulator.liquidation import liquidate
from hedgewire.simulator.orders import Order, Reason
from hedgewire.simulator.wire.paradex.margin import account_value, requirement
from hedgewire.simulator.wire.paradex.state import ParadexState

CHECK_MS = 5000
SHARE_STEP = ONE * 2 // 10
BUFFER = ONE * 9 // 10


class Risk:
    """Looks at every account every five seconds, unless the system is in a restricted mode."""

    def __init__(self, state: ParadexState) -> None:
        self.state = state

    def start(self) -> None:
        self.state.clock.every_ms(CHECK_MS, self.check)

    def check(self) -> None:
        if self.state.system_status != "ok":
            return
        for account in [each for each in self.state.ledger.accounts.values() if not each.background]:
            value = account_value(self.state.ledger, account)
            if value < requirement(self.state.ledger, account, ())[1]:
                self._liquidate(account)
            else:
                self._deleverage(account)

    def _deleverage(self, account: Account) -> None:
        """Cancel orders that do not only reduce, the most passive first, until the initial margin is there again."""
        ledger = self.state.ledger
        orders = sorted(self.state.exchange.orders_of(account.account_id), key=self._distance)
        while orders and account_value(ledger, account) < requirement(ledger, account, orders)[0]:
            order = orders.pop()
            held = ledger.position(account, order.product_id).amount
            if held * order.unfilled >= 0 or abs(order.unfilled) > abs(held):
                self.state.exchange.cancel(order, cause=Reason.DELEVERAGED)

    def _distance(self, order: Order) -> int:
        return abs(order.price - self.state.ledger.markets[order.product_id].oracle_price)

    def _liquidate(self, account: Account) -> None:
        """Take over the same share of every position, in steps of a fifth, until the margin ratio is below 90 %."""
        share, value = 0, account_value(self.state.ledger, account)
        _, maintenance = requirement(self.state.ledger, account, ())
        while share < ONE:
            share += SHARE_STEP
            penalty = mul(maintenance, share) // 2  # what is taken over is taken half-way to the maintenance price
            if mul(maintenance, ONE - share) <= mul(value - penalty, BUFFER):
                break
        liquidate(self.state.exchange, account, share)
