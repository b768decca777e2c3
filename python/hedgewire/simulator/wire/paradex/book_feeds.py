"""Book channels: snapshots, and differences from what a channel sent before (Paradex reference 5.4)."""

from __future__ import annotations

from hedgewire.simulator.book import Level
from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import div, plain
from hedgewire.simulator.wire.paradex.state import ParadexState
from hedgewire.simulator.wire.paradex.streams import Channel

DEPTH = 15
WHOLE = 10_000

View = tuple[dict[int, int], dict[int, int]]
"""Sizes by price, bids and asks, best first."""


class BookFeed:
    """One channel of one market. All its subscribers see the same sequence, each from its own snapshot on."""

    def __init__(self, state: ParadexState, channel: Channel) -> None:
        self.state = state
        self.channel = channel
        assert channel.market is not None  # a book is one market's
        self.product_id = state.products[channel.market]
        self.last = self.view()
        self.seq_no = state.book_seq[self.product_id]

    def view(self) -> View:
        book, depth = self.state.exchange.books[self.product_id], DEPTH if self.channel.interval_ms else WHOLE
        bids, asks = book.bids.levels(WHOLE), book.asks.levels(WHOLE)
        return _grouped(bids, self.channel.tick, depth, -1), _grouped(asks, self.channel.tick, depth, 1)

    def snapshot(self) -> Json:
        """What was sent last, whole."""
        inserts = _levels(self.last[0], "BUY") + _levels(self.last[1], "SELL")
        return self._message("s", inserts, [], [])

    def changes(self) -> Json | None:
        """What to send now; ``None`` when nothing changed (an unthrottled channel counts every number)."""
        before, self.last = self.last, self.view()
        if self.last == before and self.channel.interval_ms:
            return None
        self.seq_no = self.state.book_seq[self.product_id]
        if self.channel.feed != "deltas":
            return self.snapshot()
        inserts: list[Json] = []
        updates: list[Json] = []
        deletes: list[Json] = []
        for old, new, side in zip(before, self.last, ("BUY", "SELL"), strict=True):
            inserts += _levels({price: size for price, size in new.items() if price not in old}, side)
            updates += _levels({p: size for p, size in new.items() if p in old and old[p] != size}, side)
            deletes += _levels({price: 0 for price in old if price not in new}, side)
        return self._message("d", inserts, updates, deletes)

    def _message(self, update_type: str, inserts: list[Json], updates: list[Json], deletes: list[Json]) -> Json:
        message: Json = {
            "seq_no": self.seq_no,
            "market": self.channel.market,
            "last_updated_at": self.state.clock.now_ms(),
            "update_type": update_type,
            "inserts": inserts,
            "updates": updates,
            "deletes": deletes,
        }
        return message | best_json(self.last) if self.channel.feed == "interactive" else message


def best_json(view: View) -> Json:
    """Best prices; retail liquidity is not modelled, so both kinds agree."""
    bid, ask = (next(([plain(price), plain(size)] for price, size in side.items()), []) for side in view)
    best: Json = {"best_bid_api": bid, "best_ask_api": ask, "best_bid_interactive": bid, "best_ask_interactive": ask}
    bids, asks = (next(iter(side), 0) for side in view)
    return best | {"relative_spread": plain(div(2 * (asks - bids), asks + bids)) if bids and asks else ""}


def _levels(levels: dict[int, int], side: str) -> list[Json]:
    return [{"side": side, "price": plain(price), "size": plain(size)} for price, size in levels.items()]


def _grouped(levels: list[Level], tick: int, depth: int, away: int) -> dict[int, int]:
    """Sizes by price, prices rounded away from the middle to ``tick`` (0: as they are)."""
    grouped: dict[int, int] = {}
    for price, size in levels:
        rounded = price if tick == 0 else (price // tick if away < 0 else -(-price // tick)) * tick
        if rounded not in grouped and len(grouped) == depth:
            break
        grouped[rounded] = grouped.get(rounded, 0) + size
    return grouped
