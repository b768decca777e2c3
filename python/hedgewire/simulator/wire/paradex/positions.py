"""Positions, accounts and balances as Paradex shows them (Paradex reference 2.7, 6.7, 6.9)."""

from __future__ import annotations

from dataclasses import dataclass

from hedgewire.simulator.accounts import Account
from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import div, mul, plain
from hedgewire.simulator.wire.paradex.margin import Margin, account_value, requirement, unrealized
from hedgewire.simulator.wire.paradex.messages import shown
from hedgewire.simulator.wire.paradex.products import SETTLEMENT, Kind
from hedgewire.simulator.wire.paradex.state import ParadexState


@dataclass(slots=True)
class Held:
    """What the ledger does not remember of one position; x18, times ms. Sums start anew when it closes or turns."""

    amount: int = 0
    cost: int = 0
    cached_funding: int = 0
    realized: int = 0
    realized_funding: int = 0
    exit_quote: int = 0
    exit_size: int = 0
    created_at_ms: int = 0
    closed_at_ms: int = 0
    updated_at_ms: int = 0
    last_fill_id: str = ""
    seq_no: int = 0


class PositionBook:
    """One record for each account and market that ever traded."""

    def __init__(self, state: ParadexState) -> None:
        self.state = state
        self.held: dict[tuple[str, int], Held] = {}

    def settle_funding(self, account_id: str, product_id: int) -> tuple[int, int]:
        """Any change of a position settles its funding; returns what it received (x18) and the index of now."""
        held = self._of(account_id, product_id)
        index = self.state.ledger.markets[product_id].cumulative_funding
        received = -mul(held.amount, index - held.cached_funding)
        held.cached_funding = index
        held.realized_funding += received
        return received, index

    def change(self, account_id: str, product_id: int, base: int, price: int, realized: int, fill_id: str) -> Held:
        """Book what a fill (or the venue itself) did to a position."""
        held, now_ms = self._of(account_id, product_id), self.state.clock.now_ms()
        turned = held.amount * (held.amount + base) < 0
        if held.amount == 0 or turned:
            held.created_at_ms, held.closed_at_ms = now_ms, 0
            held.realized = held.realized_funding = held.exit_quote = held.exit_size = 0
        if held.amount * base < 0:
            closed = min(abs(base), abs(held.amount))
            held.exit_size += closed
            held.exit_quote += mul(closed, price)
        held.realized += realized
        held.amount += base
        held.cost = self.cost(account_id, product_id)
        if held.amount == 0:
            held.closed_at_ms = now_ms
        held.updated_at_ms, held.last_fill_id, held.seq_no = now_ms, fill_id, self.state.clock.stamp_ns()
        return held

    def _of(self, account_id: str, product_id: int) -> Held:
        return self.held.setdefault((account_id, product_id), Held())

    def cost(self, account_id: str, product_id: int) -> int:
        """What the present amount cost, signed, as the ledger knows it."""
        account = self.state.account(account_id)
        return self.state.ledger.view(account, product_id).net_entry if product_id in account.positions else 0

    def pending_funding(self, account_id: str, product_id: int) -> int:
        held = self._of(account_id, product_id)
        return -mul(held.amount, self.state.ledger.markets[product_id].cumulative_funding - held.cached_funding)

    def to_json(self, account_id: str, product_id: int) -> Json:
        state, account = self.state, self.state.account(account_id)
        held, market = self._of(account_id, product_id), state.ledger.markets[product_id]
        cost = self.cost(account_id, product_id)
        funding = self.pending_funding(account_id, product_id)
        entry = shown(abs(div(cost, held.amount))) if held.amount else "0"
        profit = unrealized(state.ledger, account, product_id, funding) if held.amount else 0
        leverage = shown(div(mul(abs(held.amount), market.oracle_price), max(1, account_value(state.ledger, account))))
        return {
            "id": f"{account_id}-{market.instrument.symbol}",
            "account": account_id,
            "market": market.instrument.symbol,
            "status": "OPEN" if held.amount else "CLOSED",
            "side": "SHORT" if held.amount < 0 else "LONG",
            "size": plain(held.amount),
            "average_entry_price": entry,
            "average_entry_price_usd": entry,
            "average_exit_price": shown(div(held.exit_quote, held.exit_size)) if held.exit_size else "0",
            "unrealized_pnl": shown(profit),
            "unrealized_funding_pnl": shown(funding),
            "realized_positional_pnl": shown(held.realized),
            "realized_positional_funding_pnl": shown(held.realized_funding),
            "cost": shown(cost),
            "cost_usd": shown(cost),
            "cached_funding_index": plain(held.cached_funding),
            "leverage": leverage,
            "liquidation_price": self._liquidation_price(account, product_id),
            "last_fill_id": held.last_fill_id,
            "created_at": held.created_at_ms,
            "closed_at": held.closed_at_ms,
            "last_updated_at": held.updated_at_ms,
            "seq_no": held.seq_no,
        }

    def _liquidation_price(self, account: Account, product_id: int) -> str:
        """Where the account's value would meet its maintenance margin if only this market moved; empty: nowhere."""
        held, market = self._of(account.account_id, product_id), self.state.ledger.markets[product_id]
        if held.amount == 0:
            return ""
        _, maintenance = requirement(self.state.ledger, account, ())
        spare = account_value(self.state.ledger, account) - maintenance
        instrument = market.instrument
        weight = instrument.long_weight_maintenance if held.amount > 0 else instrument.short_weight_maintenance
        price = market.oracle_price - div(spare, mul(held.amount, weight))
        return shown(price) if price > 0 else ""

    def of(self, account_id: str) -> list[Json]:
        """Every position of an account, the closed ones too; tokens are balances."""
        own = [product_id for owner, product_id in self.held if owner == account_id]
        return [self.to_json(account_id, each) for each in own if self.state.kind(each) is not Kind.SPOT]

    # --- accounts ------------------------------------------------------------------------------------------------

    def margin(self, account_id: str) -> Margin:
        ledger, account = self.state.ledger, self.state.account(account_id)
        initial, maintenance = requirement(ledger, account, self.state.exchange.orders_of(account_id))
        value = account_value(ledger, account)
        open_profit = sum(self._unsettled(account, product_id) for product_id in account.positions)
        return Margin(value, value - open_profit, initial, maintenance)

    def _unsettled(self, account: Account, product_id: int) -> int:
        """What a position is worth beyond what has been settled; a token was paid for, so all of it."""
        if self.state.kind(product_id) is Kind.SPOT:
            market = self.state.ledger.markets[product_id]
            return mul(self.state.ledger.view(account, product_id).amount, market.oracle_price)
        return unrealized(self.state.ledger, account, product_id, self.pending_funding(account.account_id, product_id))

    def account_json(self, account_id: str) -> Json:
        margin = self.margin(account_id)
        stamp_ns = self.state.clock.stamp_ns()
        return {
            "account": account_id,
            "status": "LIQUIDATION" if margin.account_value < margin.maintenance else "ACTIVE",
            "settlement_asset": SETTLEMENT,
            "account_value": shown(margin.account_value),
            "total_collateral": shown(margin.collateral),
            "free_collateral": shown(margin.free_collateral),
            "initial_margin_requirement": shown(margin.initial),
            "maintenance_margin_requirement": shown(margin.maintenance),
            "margin_cushion": shown(margin.account_value - margin.maintenance),
            "updated_at": self.state.clock.now_ms(),
            "seq_no": stamp_ns,
            "last_seen_notification": 0,
        }

    def balances(self, account_id: str) -> list[Json]:
        """The settlement asset, then the tokens."""
        settled = shown(self.margin(account_id).collateral)
        account, rows = self.state.account(account_id), [self._balance(SETTLEMENT, settled, "1", settled)]
        for product_id, listing in self.state.rules.listings.items():
            if listing.kind is Kind.SPOT and product_id in account.positions:
                held, cost = account.positions[product_id].amount, self.cost(account_id, product_id)
                entry = shown(div(cost, held)) if held else "0"
                rows.append(self._balance(listing.base, plain(held), entry, shown(cost)))
        return rows

    def _balance(self, token: str, size: str, entry: str, cost: str) -> Json:
        return {
            "token": token,
            "size": size,
            "last_updated_at": self.state.clock.now_ms(),
            "average_entry_price": entry,
            "average_entry_price_usd": entry,
            "cost": cost,
            "cost_usd": cost,
        }
