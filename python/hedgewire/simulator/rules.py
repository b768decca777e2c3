"""What venues decide differently about one and the same book: who may place what, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hedgewire.simulator.orders import Instrument, Order, Reason

if TYPE_CHECKING:
    from hedgewire.simulator.exchange import Exchange


class Rules(Protocol):
    """One venue's decisions; all numbers are x18."""

    unmatched_is_refused: bool
    """Whether an IOC order that nothing crosses is refused; else it is accepted and cancelled at once."""

    def admit(self, exchange: Exchange, order: Order, now_ns: int) -> int:
        """Raise ``Refusal`` when the order is not acceptable; else the size to trade."""

    def maker_refusal(self, exchange: Exchange, maker: Order, quantity: int) -> Reason | None:
        """Why a resting order may not be filled by ``quantity`` when a taker reaches it; it is cancelled then."""

    def fee(self, instrument: Instrument, order: Order, quote: int, *, is_taker: bool) -> int:
        """Fee of a fill that changes the quote by ``quote``; negative pays back."""

    def child_id(self, parent: str, product_id: int, slot: int) -> str:
        """Account id of the child that holds an isolated position."""
