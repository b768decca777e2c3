"""Balances, positions, fees, funding and health of every account of a local venue (venue-neutral, x18 integers).

Rules are those of Nado reference 5.4 (health), 6.2 and 6.3 (balances and fees) and 6.9 (funding).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from hedgewire.simulator.fixed import ONE, mul, truncated_division
from hedgewire.simulator.orders import BalanceView, ClosedPart, Instrument

QUOTE_PRODUCT = 0


class HealthKind(IntEnum):
    """The three ways to value an account, in the order venues list them."""

    INITIAL = 0
    MAINTENANCE = 1
    UNWEIGHTED = 2


@dataclass(slots=True)
class Position:
    """A perpetual balance: signed base amount, signed virtual quote, funding index already applied."""

    amount: int = 0
    v_quote: int = 0
    last_funding: int = 0
    net_entry: int = 0


@dataclass(slots=True)
class Account:
    """One subaccount. ``parent`` and ``isolated_product`` are set for the child of an isolated position."""

    account_id: str
    quote: int = 0
    exists: bool = False
    background: bool = False
    parent: str | None = None
    isolated_product: int | None = None
    positions: dict[int, Position] = field(default_factory=dict)
    leverage: dict[int, int] = field(default_factory=dict)
    """The most its owner wants to use, by product, where a venue lets one choose."""


@dataclass(slots=True)
class Market:
    """State of one product that all accounts share."""

    instrument: Instrument
    oracle_price: int
    cumulative_funding: int = 0
    open_interest: int = 0
    fees_collected: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    assets: int
    liabilities: int

    @property
    def health(self) -> int:
        return self.assets - self.liabilities


class Ledger:
    """All accounts of the venue. Quantity and money only move between accounts and the fee counters."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.markets: dict[int, Market] = {}
        self.deposited = 0

    def open(self, account_id: str) -> Account:
        """The account, created empty when it was never seen."""
        account = self.accounts.get(account_id)
        if account is None:
            account = self.accounts[account_id] = Account(account_id)
        return account

    def deposit(self, account_id: str, amount: int) -> Account:
        account = self.open(account_id)
        account.exists = True
        account.quote += amount
        self.deposited += amount
        return account

    def position(self, account: Account, product_id: int) -> Position:
        """The position with funding applied up to now (it is applied lazily, reference 6.9)."""
        index = self.markets[product_id].cumulative_funding
        position = account.positions.get(product_id)
        if position is None:
            position = account.positions[product_id] = Position(last_funding=index)
        elif position.last_funding != index:
            position.v_quote -= mul(index - position.last_funding, position.amount)
            position.last_funding = index
        return position

    def view(self, account: Account, product_id: int) -> BalanceView:
        position = self.position(account, product_id)
        return BalanceView(position.amount, position.v_quote, position.last_funding, position.net_entry)

    def apply_fill(self, account: Account, product_id: int, base: int, quote: int, fee: int) -> ClosedPart:
        """Move ``base`` and ``quote`` (signed) into the position and take ``fee`` from its quote."""
        market = self.markets[product_id]
        position = self.position(account, product_id)
        market.open_interest += max(0, position.amount + base) - max(0, position.amount)
        closed = _close(position, base, quote)
        position.amount += base
        position.v_quote += quote - fee
        market.fees_collected += fee
        return closed

    def contribution(self, account: Account, product_id: int, kind: HealthKind, base: int = 0, quote: int = 0) -> int:
        """Health of one perpetual balance after an optional change: ``amount * price * weight + v_quote``."""
        market = self.markets[product_id]
        if product_id in account.positions:
            position = self.position(account, product_id)
            base, quote = base + position.amount, quote + position.v_quote
        return mul(mul(base, market.oracle_price), _weight(market.instrument, base, kind)) + quote

    def health(
        self, account: Account, kind: HealthKind, *, product_id: int | None = None, base: int = 0, quote: int = 0
    ) -> Health:
        """Assets and liabilities, optionally as if ``base``/``quote`` had been added to one product."""
        contributions = [account.quote]
        for held in account.positions.keys() | ({product_id} if product_id is not None else set()):
            if held == product_id:
                contributions.append(self.contribution(account, held, kind, base, quote))
            else:
                contributions.append(self.contribution(account, held, kind))
        return Health(sum(c for c in contributions if c > 0), -sum(c for c in contributions if c < 0))

    def healthy_after(self, account: Account, product_id: int, base: int, quote: int) -> bool:
        """Whether a change leaves initial health non-negative, or at least does not worsen it."""
        if account.background:
            return True
        after = self.health(account, HealthKind.INITIAL, product_id=product_id, base=base, quote=quote).health
        return after >= 0 or after >= self.health(account, HealthKind.INITIAL).health

    def pay_funding(self, product_id: int, payment: int) -> None:
        """Longs pay ``payment`` per unit of base (shorts receive it); negative the other way round."""
        self.markets[product_id].cumulative_funding += payment

    def settle(self, account: Account, product_id: int) -> int:
        """Move the virtual quote of a position to the quote balance; returns what moved."""
        position = self.position(account, product_id)
        moved = position.v_quote
        position.v_quote = 0
        account.quote += moved
        return moved

    def settle_pnl(self, account: Account, product_id: int) -> int:
        """Move profit and loss at the oracle price to the quote balance; returns what moved. Equity is unchanged."""
        position = self.position(account, product_id)
        profit = position.v_quote + mul(position.amount, self.markets[product_id].oracle_price)
        position.v_quote -= profit
        account.quote += profit
        return profit

    def transfer(self, source: Account, target: Account, amount: int) -> None:
        source.quote -= amount
        target.quote += amount
        target.exists = True


def _close(position: Position, base: int, quote: int) -> ClosedPart:
    """Average-cost bookkeeping of a fill, before its base is added; ``quote`` is without the fee."""
    if position.amount * base >= 0:
        position.net_entry -= quote
        return ClosedPart()
    closed = min(abs(base), abs(position.amount))
    cost = truncated_division(position.net_entry * closed, abs(position.amount))
    proceeds = truncated_division(quote * closed, abs(base))
    position.net_entry -= cost + (quote - proceeds)
    return ClosedPart(closed, cost, proceeds - cost)


def _weight(instrument: Instrument, amount: int, kind: HealthKind) -> int:
    if kind is HealthKind.UNWEIGHTED:
        return ONE
    if kind is HealthKind.INITIAL:
        return instrument.long_weight_initial if amount >= 0 else instrument.short_weight_initial
    return instrument.long_weight_maintenance if amount >= 0 else instrument.short_weight_maintenance
