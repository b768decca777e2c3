"""What the local Paradex remembers, bounded: trades, fills, funding, balance events (Paradex reference 2.4 to 2.9)."""

from __future__ import annotations

from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import mul, plain
from hedgewire.simulator.orders import Fill
from hedgewire.simulator.wire.paradex.messages import shown
from hedgewire.simulator.wire.paradex.pages import History
from hedgewire.simulator.wire.paradex.positions import PositionBook
from hedgewire.simulator.wire.paradex.products import SETTLEMENT
from hedgewire.simulator.wire.paradex.state import ParadexState

KEPT_TRADES = 1000


class Archive:
    """Rows as they are shown, in the order they came about."""

    def __init__(self, state: ParadexState, positions: PositionBook) -> None:
        self.state = state
        self.positions = positions
        self.trades: dict[str, History] = {symbol: History(KEPT_TRADES) for symbol in state.products}
        self.funding: dict[str, History] = {symbol: History() for symbol in state.products}
        self.fills = History()
        self.funding_payments = History()
        self.transfers = History()
        self.last_fill: dict[tuple[str, int], Json] = {}
        """By account and product."""

    def trade(self, product_id: int, side: str, quantity: int, price: int, trade_type: str) -> Json:
        """``side``: the taker's, or whose position the venue takes over."""
        symbol = self.state.symbol(product_id)
        row: Json = {
            "id": self.state.new_id(),
            "market": symbol,
            "side": side,
            "size": plain(quantity),
            "price": plain(price),
            "created_at": self.state.clock.now_ms(),
            "trade_type": trade_type,
        }
        return self.trades[symbol].append(row)

    def fill(self, event: Fill, client_id: str) -> Json:
        order, owner = event.order, event.order.owner
        return self._fill(
            owner,
            order.product_id,
            base=event.quantity if order.is_buy else -event.quantity,
            price=event.price,
            fill_type="FILL",
            realized=event.closed.realized,
            fee=event.fee,
            order_id=order.order_id,
            client_id=client_id,
            remaining=event.remaining,
            liquidity="TAKER" if event.is_taker else "MAKER",
            seq_no=self.state.book_seq[order.product_id],
            flags=["interactive"] if order.fee_exempt else [],
        )

    def forced(self, account_id: str, product_id: int, base: int, price: int, fill_type: str) -> Json:
        """The venue itself changed a position, without an order."""
        held = self.positions.held[account_id, product_id]
        realized = -mul(base, price) - (held.cost - self.positions.cost(account_id, product_id))
        return self._fill(account_id, product_id, base=base, price=price, fill_type=fill_type, realized=realized)

    def _fill(
        self,
        account_id: str,
        product_id: int,
        *,
        base: int,
        price: int,
        fill_type: str,
        realized: int,
        fee: int = 0,
        order_id: str = "",
        client_id: str = "",
        remaining: int = 0,
        liquidity: str = "TAKER",
        seq_no: int = 0,
        flags: list[str] | None = None,
    ) -> Json:
        fill_id, now_ms = self.state.new_id(), self.state.clock.now_ms()
        funding, index = self.positions.settle_funding(account_id, product_id)
        self.positions.change(account_id, product_id, base, price, realized, fill_id)
        market = self.state.symbol(product_id)
        if funding:
            self.funding_payments.append(
                {
                    "id": self.state.new_id(),
                    "account": account_id,
                    "market": market,
                    "payment": shown(funding),
                    "index": plain(index),
                    "fill_id": fill_id,
                    "created_at": now_ms,
                }
            )
        row: Json = {
            "id": fill_id,
            "account": account_id,
            "market": market,
            "order_id": order_id,
            "client_id": client_id,
            "side": "BUY" if base > 0 else "SELL",
            "liquidity": liquidity,
            "price": shown(price),
            "size": plain(abs(base)),
            "remaining_size": plain(remaining),
            "fee": shown(fee),
            "fee_currency": SETTLEMENT,
            "fill_type": fill_type,
            "flags": flags or [],
            "realized_pnl": shown(realized),
            "realized_funding": shown(funding),
            "underlying_price": shown(self.state.ledger.markets[product_id].oracle_price),
            "orderbook_seq_no": seq_no,
            "created_at": now_ms,
        }
        self.last_fill[account_id, product_id] = row
        return self.fills.append(row)

    def transfer(self, account_id: str, amount: int) -> Json:
        """A deposit (or, negative, a withdrawal) of the settlement currency."""
        now_ms = self.state.clock.now_ms()
        return self.transfers.append(
            {
                "id": self.state.new_id(),
                "account": account_id,
                "kind": "DEPOSIT" if amount > 0 else "WITHDRAWAL",
                "direction": "IN" if amount > 0 else "OUT",
                "status": "COMPLETED",
                "token": SETTLEMENT,
                "amount": plain(abs(amount)),
                "created_at": now_ms,
                "last_updated_at": now_ms,
                "txn_hash": "",
                "external_txn_hash": "",
                "external_account": "",
                "external_chain": "",
                "bridge": "",
                "counterparty": "",
                "socialized_loss_factor": "0",
                "auto_withdrawal_fee": "0",
                "failure_reason": "",
                "vault_address": "",
                "vault_unwind_completion_percentage": "",
            }
        )
