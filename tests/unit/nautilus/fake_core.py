"""A stand-in for the Rust core: the same calls, rows made here, no socket. Fills what crosses its fixed market.

`script` overrides what becomes of the next orders: a list of callables (core, ticket, order) -> None, one an order.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Callable
from typing import Any

from hedgewire.nautilus.rows import Kind, Outcome, RowKind, SocketState, Status, Stream

X18 = 10**18
ETH, SOL = 4, 8
INSTRUMENTS = {
    ETH: ("ETH-PERP", 1, 3, X18 // 10, X18 // 1000),
    SOL: ("SOL-PERP", 2, 1, X18 // 100, X18 // 10),
}
MARKET = {ETH: (3000 * X18, 30001 * X18 // 10), SOL: (150 * X18, 15001 * X18 // 100)}
TAKER, MAKER = 35 * 10**13, 10**14


async def until(condition: Callable[[], Any], timeout_s: float = 10.0) -> None:
    """Wait for a condition without guessing how long it takes; fails after `timeout_s`."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  the engine has no event for it
            await asyncio.sleep(0.01)


def now_ns() -> int:
    return time.time_ns()


class FakeCore:
    """One account. `fill_makers`: post-only orders fill at once after being accepted."""

    latest: FakeCore | None = None

    def __init__(self, venue: str = "nado", config_json: str = "{}", private_key: str | None = None) -> None:
        FakeCore.latest = self
        self.config_json = config_json
        self.private_key = private_key
        self.fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.rows: list[tuple[Any, ...]] = []
        self.tickets = itertools.count(1)
        self.trades = itertools.count(1)
        self.orders: dict[str, dict[str, Any]] = {}
        self.fills: list[tuple[Any, ...]] = []
        self.positions = {ETH: 0, SOL: 0}
        self.submitted: list[tuple[Any, ...]] = []
        self.script: list[Callable[[FakeCore, int, tuple[Any, ...]], None]] = []
        self.fill_makers = True
        self.unavailable: set[str] = set()
        self.closed = False
        self.asked_since_s: dict[str, int] = {}
        self.adopted: list[tuple[int, str, int]] = []
        self.subscriptions: list[tuple[int, int, int]] = []
        self.session = f"{time.time_ns():x}"

    # ---- plumbing

    def wake_fd(self) -> int:
        return self.fd

    def drain(self, limit: int = 4096) -> list[tuple[Any, ...]]:
        if not self.closed:
            os.eventfd_read(self.fd)
        taken, self.rows = self.rows[:limit], self.rows[limit:]
        if self.rows and not self.closed:
            os.eventfd_write(self.fd, 1)
        return taken

    def emit(self, *rows: tuple[Any, ...]) -> None:
        self.rows.extend(rows)
        os.eventfd_write(self.fd, 1)

    def reply(self, ticket: int, outcome: Outcome, rows: list[Any] | None = None, reason: str = "") -> int:
        self.emit((RowKind.REPLY, ticket, outcome, "", reason, rows or []))
        return ticket

    def answer(self, what: str, rows: list[Any]) -> int:
        ticket = next(self.tickets)
        if what in self.unavailable:
            return self.reply(ticket, Outcome.UNAVAILABLE, reason="scripted")
        return self.reply(ticket, Outcome.FOUND, rows)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self.fd)

    # ---- life and streams

    def connect(self, timeout_ms: int = 30_000) -> int:
        ticket = next(self.tickets)
        for number, (symbol, price_precision, size_precision, tick, lot) in INSTRUMENTS.items():
            self.emit(
                (RowKind.INSTRUMENT, number, symbol, "perpetual", symbol[:3], "USDT0", price_precision, size_precision,
                 tick, lot, 100 * X18, MAKER, TAKER, X18 // 10, X18 // 20, "live", False)
            )  # fmt: skip
        self.emit(*self.account_rows(), (RowKind.CATCH_UP, "connected", now_ns()))
        return self.reply(ticket, Outcome.ACCEPTED)

    def account_rows(self) -> list[tuple[Any, ...]]:
        return [(RowKind.ACCOUNT, "USDT0", 100_000 * X18, 90_000 * X18, now_ns(), now_ns())]

    def subscribe(self, stream: int, instrument: int, param: int = 0) -> int:
        self.subscriptions.append((stream, instrument, param))
        ticket = self.reply(next(self.tickets), Outcome.ACCEPTED)
        if stream == Stream.QUOTES:
            self.quote(instrument)
        return ticket

    def unsubscribe(self, stream: int, instrument: int, param: int = 0) -> int:
        self.subscriptions.remove((stream, instrument, param))
        return self.reply(next(self.tickets), Outcome.ACCEPTED)

    def quote(self, number: int) -> None:
        bid, ask = MARKET[number]
        _, price_precision, size_precision, _, _ = INSTRUMENTS[number]
        unit, size = 10 ** (18 - price_precision), 1000 * 10**size_precision
        self.emit((RowKind.QUOTE, number, bid // unit, size, ask // unit, size, now_ns(), now_ns()))

    # ---- orders

    def submit(self, orders: list[tuple[Any, ...]], _triggers: list[Any] | None = None) -> int:
        ticket = next(self.tickets)
        for order in orders:
            self.submitted.append(order)
            venue_id = self.venue_id_of(order[0])
            self.orders[venue_id] = {"order": order, "filled": 0, "status": Status.ACCEPTED}
            self.emit((RowKind.SENT, ticket, order[0], venue_id, now_ns()))
            step = self.script.pop(0) if self.script else FakeCore.match
            step(self, ticket, order)
        return ticket

    @staticmethod
    def venue_id_of(client_id: int) -> str:
        return f"0x{client_id:064x}"

    def outcome(self, ticket: int, client_id: int, outcome: Outcome, code: str = "", reason: str = "",
                due_post_only: bool = False) -> None:  # fmt: skip
        self.emit(
            (RowKind.ORDER_OUTCOME, ticket, client_id, outcome, self.venue_id_of(client_id), code, reason,
             due_post_only, now_ns())
        )  # fmt: skip

    def match(self, ticket: int, order: tuple[Any, ...]) -> None:
        client_id, number, side, kind, quantity, price = order[:6]
        self.outcome(ticket, client_id, Outcome.ACCEPTED)
        bid, ask = MARKET[number]
        touch = ask if side > 0 else bid
        crosses = price >= touch if side > 0 else price <= touch
        if kind in (Kind.IOC, Kind.FOK):
            if order[6]:
                quantity = min(quantity, max(0, -side * self.positions[number]))
            if crosses and quantity:
                self.fill(client_id, quantity, touch, taker=True)
            if not crosses or quantity < order[4]:
                self.finish(client_id, Status.CANCELED)
        elif kind == Kind.POST_ONLY and self.fill_makers:
            self.fill(client_id, quantity, price, taker=False)

    def fill(self, client_id: int, quantity: int, price: int, taker: bool, trade_id: str | None = None,
             show: bool = True) -> tuple[Any, ...]:  # fmt: skip
        venue_id = self.venue_id_of(client_id)
        held = self.orders[venue_id]
        _, number, side = held["order"][:3]
        held["filled"] += quantity
        self.positions[number] += side * quantity
        fee = quantity * price // X18 * (TAKER if taker else MAKER) // X18
        row = (
            RowKind.FILL, number, venue_id, client_id, trade_id or f"{self.session}-{next(self.trades)}", side,
            quantity, price, fee, taker, now_ns(), now_ns(),
        )  # fmt: skip
        self.fills.append(row)
        if show:
            self.emit(row)
        if held["filled"] >= held["order"][4]:
            self.finish(client_id, Status.FILLED, show)
        return row

    def finish(self, client_id: int, status: Status, show: bool = True) -> None:
        venue_id = self.venue_id_of(client_id)
        held = self.orders[venue_id]
        held["status"] = status
        if show:
            remaining = held["order"][4] - held["filled"]
            self.emit(
                (RowKind.ORDER_UPDATE, held["order"][1], venue_id, client_id, status, remaining, held["filled"], "",
                 now_ns(), now_ns(), None)
            )  # fmt: skip

    def cancel(self, targets: list[tuple[int, str]], client_ids: list[int], _waiting: bool = False) -> int:
        ticket = next(self.tickets)
        for (_, venue_id), client_id in zip(targets, client_ids, strict=True):
            held = self.orders.get(venue_id)
            if held is None or held["status"] is not Status.ACCEPTED:
                self.outcome(ticket, client_id, Outcome.REJECTED, "2020", "order not found")
            else:
                self.outcome(ticket, client_id, Outcome.ACCEPTED)
                self.finish(held["order"][0], Status.CANCELED)
        return ticket

    def cancel_all(self, instrument: int = -1, _waiting: bool = False) -> int:
        for held in list(self.orders.values()):
            if held["status"] is Status.ACCEPTED and held["order"][1] == instrument:
                self.finish(held["order"][0], Status.CANCELED)
        return next(self.tickets)

    def cancel_and_place(
        self, target: tuple[int, str], client_id: int, order: tuple[Any, ...], unfilled_x18: int = -1
    ) -> int:
        ticket = next(self.tickets)
        venue_id = self.venue_id_of(order[0])
        self.submitted.append(order)
        self.emit((RowKind.SENT, ticket, order[0], venue_id, now_ns()))
        old = self.orders[target[1]]
        if self.script:
            self.script.pop(0)(self, ticket, order)
            return ticket
        self.finish(old["order"][0], Status.CANCELED)
        self.orders[venue_id] = {"order": order, "filled": 0, "status": Status.ACCEPTED}
        self.outcome(ticket, order[0], Outcome.ACCEPTED)
        return ticket

    def adopt(
        self, client_id: int, instrument: int, venue_order_id: str, filled_x18: int, trade_ids: list[str]
    ) -> None:
        self.adopted.append((client_id, venue_order_id, filled_x18))

    # ---- queries

    def report(self, venue_id: str) -> tuple[Any, ...]:
        held = self.orders[venue_id]
        client_id, number, side, kind, quantity, price, reduce_only = held["order"][:7]
        return (
            RowKind.ORDER_REPORT, number, venue_id, client_id, side, kind, held["status"], price, quantity,
            held["filled"], price if held["filled"] else None, reduce_only, None, now_ns(), now_ns(), now_ns(),
        )  # fmt: skip

    def query_order(self, instrument: int, venue_order_id: str) -> int:
        if "order" not in self.unavailable and venue_order_id not in self.orders:
            return self.reply(next(self.tickets), Outcome.NOT_FOUND)
        return self.answer("order", [self.report(venue_order_id)] if venue_order_id in self.orders else [])

    def query_open_orders(self, instrument: int = -1) -> int:
        open_ = [key for key, held in self.orders.items() if held["status"] is Status.ACCEPTED]
        return self.answer("open_orders", [self.report(key) for key in open_])

    def query_order_history(self, instrument: int = -1, since_s: int = -1, limit: int = 500) -> int:
        self.asked_since_s["orders"] = since_s
        traded = [key for key, held in self.orders.items() if held["status"] is Status.ACCEPTED or held["filled"]]
        return self.answer("order_history", [self.report(key) for key in traded])

    def query_waiting_orders(self, instrument: int = -1, venue_order_ids: list[str] | None = None) -> int:
        return self.answer("waiting_orders", [])

    def query_fills(self, instrument: int = -1, venue_order_id: str = "", since_s: int = -1, limit: int = 500) -> int:
        self.asked_since_s["fills"] = since_s
        return self.answer("fills", [row for row in self.fills if not venue_order_id or row[2] == venue_order_id])

    def query_positions(self) -> int:
        rows = [
            (RowKind.POSITION, number, held, MARKET[number][0] if held else None, False, "", now_ns(), now_ns())
            for number, held in self.positions.items()
        ]
        return self.answer("positions", rows)

    def query_account(self) -> int:
        return self.answer("account", self.account_rows())

    def socket(self, state: SocketState) -> None:
        self.emit((RowKind.SOCKET, 0, state, "scripted", now_ns()))
