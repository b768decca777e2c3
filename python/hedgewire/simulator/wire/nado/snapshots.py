"""Market statistics over time, as the archive shows them (Nado reference 7.1): one record a minute, a day kept."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import mul
from hedgewire.simulator.orders import Event, Fill, Liquidation, Trade
from hedgewire.simulator.wire.nado.funding import Funding
from hedgewire.simulator.wire.nado.state import NadoState

PERIOD_MS = 60_000
KEPT = 1500
CUMULATIVE = (
    "cumulative_volumes",
    "cumulative_trade_sizes",
    "cumulative_taker_fees",
    "cumulative_maker_fees",
    "cumulative_liquidation_amounts",
)
NOT_MODELLED = (
    "cumulative_sequencer_fees",
    "total_borrows",
    "deposit_rates",
    "borrow_rates",
    "cumulative_inflows",
    "cumulative_outflows",
)


@dataclass(frozen=True, slots=True)
class Record:
    """The statistics of all products at one second; amounts x18."""

    timestamp_s: int
    users: int
    tvl: int
    trades: Mapping[int, int]
    figures: Mapping[str, Mapping[int, int]]

    def to_json(self, product_ids: list[int] | None) -> Json:
        def shown(values: Mapping[int, int]) -> Json:
            return {str(p): str(v) for p, v in values.items() if not product_ids or p in product_ids}

        return {
            "timestamp": self.timestamp_s,
            "cumulative_users": self.users,
            "daily_active_users": self.users,
            "cumulative_trades": {str(p): n for p, n in self.trades.items() if not product_ids or p in product_ids},
            **{name: shown(values) for name, values in self.figures.items()},
            **{name: shown(dict.fromkeys(self.trades, 0)) for name in NOT_MODELLED},
            "tvl": str(self.tvl),
        }


class Snapshots:
    """Sums up trades, fees and liquidations, and remembers the sums minute by minute."""

    def __init__(self, state: NadoState, funding: Funding) -> None:
        self.state = state
        self.funding = funding
        self.records: deque[Record] = deque(maxlen=KEPT)
        self._trades: dict[int, int] = dict.fromkeys(state.ledger.markets, 0)
        self._sums: dict[str, dict[int, int]] = {name: defaultdict(int) for name in CUMULATIVE}
        state.exchange.listen(self.on_event)

    def start(self) -> None:
        self.state.clock.every_ms(PERIOD_MS, lambda: self.records.append(self.now()))

    def on_event(self, event: Event) -> None:
        match event:
            case Trade():
                self._trades[event.product_id] += 1
                self._sums["cumulative_volumes"][event.product_id] += mul(event.quantity, event.price)
                self._sums["cumulative_trade_sizes"][event.product_id] += event.quantity
            case Fill():
                side = "cumulative_taker_fees" if event.is_taker else "cumulative_maker_fees"
                self._sums[side][event.order.product_id] += event.fee
            case Liquidation():
                amounts = self._sums["cumulative_liquidation_amounts"]
                amounts[event.product_id] += mul(abs(event.amount), event.price)

    def now(self) -> Record:
        markets, ledger = self.state.ledger.markets, self.state.ledger
        figures: dict[str, Mapping[int, int]] = {
            "open_interests": {p: market.open_interest for p, market in markets.items()},
            "oracle_prices": {p: market.oracle_price for p, market in markets.items()},
            "funding_rates": {p: self.funding.rate_x18(p) for p in markets},
            "total_deposits": {0: ledger.deposited},
            **{name: {p: sums.get(p, 0) for p in markets} for name, sums in self._sums.items()},
        }
        users = sum(1 for a in ledger.accounts.values() if a.exists and not a.background and a.parent is None)
        return Record(self.state.clock.now_s(), users, ledger.deposited, dict(self._trades), figures)

    def at(self, time_s: int) -> Record:
        """The newest record not later than ``time_s``; the oldest one when the venue did not run yet."""
        newest = self.now()
        if newest.timestamp_s <= time_s:
            return newest
        earlier = [record for record in self.records if record.timestamp_s <= time_s]
        if earlier:
            return earlier[-1]
        return self.records[0] if self.records else newest
