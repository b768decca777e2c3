"""Deposits, withdrawals and transfers of the quote balance, as the archive remembers them (Nado reference 7.1)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from hedgewire.simulator.accounts import QUOTE_PRODUCT, Account
from hedgewire.simulator.clock import SECOND_NS
from hedgewire.simulator.fields import Json
from hedgewire.simulator.orders import Event, PositionUpdate
from hedgewire.simulator.wire.nado.messages import spot_product
from hedgewire.simulator.wire.nado.products import QUOTE_TOKEN_DECIMALS, SPOTS
from hedgewire.simulator.wire.nado.state import NadoState

KEPT = 5000
REMEMBERED = ("deposit_collateral", "withdraw_collateral", "transfer_quote")


@dataclass(frozen=True, slots=True)
class QuoteMove:
    """A change of one account's quote balance, x18."""

    timestamp_ns: int
    submission_idx: int
    owner: str
    kind: str
    before: int
    after: int
    product_id: int = QUOTE_PRODUCT
    isolated: bool = False


class AccountEvents:
    """Watches quote balances. What was funded before the venue started counts as deposits."""

    def __init__(self, state: NadoState) -> None:
        self.state = state
        self.moves: deque[QuoteMove] = deque(maxlen=KEPT)
        self._known: dict[str, int] = {}
        for account in state.ledger.accounts.values():
            if not account.background:
                self._remember(account, "deposit_collateral", state.clock.now_ns())
        state.exchange.listen(self.on_event)

    def on_event(self, event: Event) -> None:
        if isinstance(event, PositionUpdate) and event.product_id == QUOTE_PRODUCT and not event.isolated:
            self._remember(self.state.account(event.account), event.reason, event.timestamp_ns)

    def _remember(self, account: Account, reason: str, timestamp_ns: int) -> None:
        before = self._known.get(account.account_id, 0)
        self._known[account.account_id] = account.quote
        if reason in REMEMBERED and account.quote != before:
            idx = self.state.exchange.submission_idx
            self.moves.append(QuoteMove(timestamp_ns, idx, account.account_id, reason, before, account.quote))

    def event_json(self, move: QuoteMove) -> Json:
        return {
            "subaccount": move.owner,
            "product_id": QUOTE_PRODUCT,
            "submission_idx": str(move.submission_idx),
            "event_type": move.kind,
            "isolated": False,
            "isolated_product_id": None,
            "product": {"spot": spot_product(self.state.ledger, SPOTS[0])},
            "pre_balance": _balance(move.before),
            "post_balance": _balance(move.after),
            **dict.fromkeys(
                (
                    "net_interest_unrealized",
                    "net_interest_cumulative",
                    "net_funding_unrealized",
                    "net_funding_cumulative",
                    "net_entry_unrealized",
                    "net_entry_cumulative",
                    "quote_volume_cumulative",
                    "cumulative_trade_count",
                ),
                "0",
            ),
        }


def _balance(amount: int) -> Json:
    return {"spot": {"product_id": QUOTE_PRODUCT, "balance": {"amount": str(amount)}}}


def move_tx_json(move: QuoteMove) -> Json:
    """The transaction behind a move. Deposits and withdrawals are in the token's decimals, transfers x18."""
    change = abs(move.after - move.before)
    token_amount = str(change // 10 ** (18 - QUOTE_TOKEN_DECIMALS))
    body: Json = {"sender": move.owner, "product_id": QUOTE_PRODUCT, "amount": token_amount}
    if move.kind == "withdraw_collateral":
        body["nonce"] = 0
    elif move.kind == "transfer_quote":
        body = {"sender": move.owner, "recipient": move.owner, "amount": str(change), "nonce": 0}
    timestamp_s = str(move.timestamp_ns // SECOND_NS)
    return {"tx": {move.kind: body}, "submission_idx": str(move.submission_idx), "timestamp": timestamp_s}
