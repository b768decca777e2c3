"""The venue under a card: its controls, and its own books as the exchange model kept them while the card ran."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import aiohttp

from conformance.parameters import VenueParameters
from hedgewire.nautilus.secrets import hold
from hedgewire.simulator.accounts import Account, HealthKind
from hedgewire.simulator.orders import Fill, Order, OrderUpdate, Quote, Trade
from hedgewire.simulator.server import LocalVenue

X18 = 10**18
CLOSE_MS = 1_000


def x18(value: Any) -> int:
    """A price or quantity as the venue's integer. Exact: the exponent of the operand never exceeds 18."""
    return int(Decimal(str(value)) * X18)


class Bench:
    """One local venue, recorded from its first event. ``key``: reference of the account's key, to be forgotten."""

    def __init__(self, parameters: VenueParameters, local: LocalVenue, session: aiohttp.ClientSession) -> None:
        self.parameters = parameters
        self.local = local
        self._session = session
        descriptor: dict[str, Any] = local.descriptor
        self.account: str = descriptor["accounts"][0][parameters.account_field]
        self.key: str = hold(descriptor["accounts"][0][parameters.key_field])
        self.control_url: str = descriptor["endpoints"]["control"]
        self.orders: dict[str, Order] = {}
        self.fills: dict[str, list[Fill]] = {}
        self.trades: list[Trade] = []
        self.quotes: list[Quote] = []
        self.armed: list[str] = []
        local.state.exchange.listen(self._record)

    def _record(self, event: object) -> None:
        match event:
            case Fill() if event.order.owner == self.account:
                self.orders[self._name(event.order)] = event.order
                self.fills.setdefault(self._name(event.order), []).append(event)
            case OrderUpdate() if event.order.owner == self.account:
                self.orders[self._name(event.order)] = event.order
            case Trade() if event.product_id == self.parameters.number:
                self.trades.append(event)
            case Quote() if event.product_id == self.parameters.number:
                self.quotes.append(event)

    def _name(self, order: Order) -> str:
        return self.parameters.order_name(self.local, order.order_id)

    def order_id(self, order: Any) -> str:
        """The exchange's id of an open order of the node."""
        own = self.local.state.exchange.orders_of(self.account)
        return next(held.order_id for held in own if self._name(held) == str(order.venue_order_id))

    # ---- controls

    async def drift(self, ppb: int) -> None:
        """The price moves by so many parts in 1e9 every 100 ms, besides its walk."""
        await self.control("price", product_id=self.parameters.number, drift_ppb=ppb)

    async def control(self, path: str, **body: Any) -> Any:
        async with self._session.post(f"{self.control_url}/{path}", json=body) as response:
            answer = await response.json()
        assert response.status == 200, answer
        return answer

    async def freeze(self) -> None:
        await self.control("liquidity", freeze=True, product_id=self.parameters.number)

    async def fault(self, name: str, operation: str | None = None, **params: Any) -> None:
        """``operation`` is one of the venue parameters' ``requests``."""
        if operation is not None:
            params["request"] = self.parameters.requests[operation]
        self.armed.append(name)
        await self.control("faults", name=name, **params)

    async def clear_faults(self) -> None:
        async with self._session.delete(f"{self.control_url}/faults") as response:
            assert response.status == 200

    async def step(self, seconds: int) -> None:
        """Move the venue's clock forward; everything due in between happens."""
        await self.control("clock", step_ms=seconds * 1000)
        await self.control("clock", resume=True)

    async def to_now(self) -> None:
        """Move the venue's clock, which stood still, to this machine's: a client refuses one that is seconds off."""
        while (behind_ms := (time.time_ns() - self.local.state.clock.now_ns()) // 10**6) > 0:
            await self.control("clock", step_ms=behind_ms)
            if behind_ms < CLOSE_MS:
                break
        await self.control("clock", resume=True)

    # ---- books

    def resting(self) -> set[str]:
        """Orders on the book, and those that wait for their price."""
        waiting = {name for name, held in self.parameters.conditional(self.local).items() if held.waits}
        return waiting | {self._name(order) for order in self.local.state.exchange.orders_of(self.account)}

    def held(self, name: str) -> Order | None:
        """The venue's own record of an order, open or not."""
        return self.orders.get(name) or self.parameters.record(self.local, name)

    def _own(self) -> list[Account]:
        """The account and its isolated parts."""
        accounts = self.local.state.ledger.accounts.values()
        return [account for account in accounts if self.account in (account.account_id, account.parent)]

    def equity(self) -> int:
        """x18, in the quote currency."""
        ledger = self.local.state.ledger
        return sum(ledger.health(account, HealthKind.UNWEIGHTED).health for account in self._own())

    def position(self) -> Decimal:
        """Cross and isolated parts together, base units."""
        held = [account.positions.get(self.parameters.number) for account in self._own()]
        return Decimal(sum(position.amount for position in held if position is not None)) / X18

    def placed(self) -> int:
        """How many different orders reached the venue, refused ones included."""
        return len(self.local.state.log.digests)

    def requests(self, operation: str) -> int:
        return self.parameters.counted(self.local, self.parameters.requests[operation])

    def public_streams(self) -> list[str]:
        """Market data channels of the instrument that somebody listens to."""
        return self.parameters.public_streams(self.local)

    def mark(self) -> Decimal:
        return Decimal(self.local.state.ledger.markets[self.parameters.number].oracle_price) / X18
