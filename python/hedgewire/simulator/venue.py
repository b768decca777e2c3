"""What every local venue consists of: a state that its wire modules work on, and the face that a server runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from hedgewire.simulator.accounts import Account, Ledger
from hedgewire.simulator.arming import Fault
from hedgewire.simulator.chaos import Chaos
from hedgewire.simulator.clock import VenueClock
from hedgewire.simulator.connection import Connection
from hedgewire.simulator.exchange import Exchange
from hedgewire.simulator.fault_checks import Vocabulary
from hedgewire.simulator.fault_plan import FaultPlan
from hedgewire.simulator.market import BackgroundMarket, MarketProfile
from hedgewire.simulator.orders import Instrument, Order
from hedgewire.simulator.rules import Rules
from hedgewire.simulator.schedule import Words

if TYPE_CHECKING:
    from aiohttp import web

MAX_LOGGED_DIGESTS = 50_000
STALL_STEP_MS = 20

Listing = tuple[Instrument, MarketProfile]


class Limits(Protocol):
    """Request budgets as a whole."""

    @property
    def enabled(self) -> bool: ...

    def enable(self, enabled: bool) -> None: ...


class RequestLog:
    """What clients asked for: counts by request, and every order received, by the name that its sender knows it by (the
    digest, or a client id), with how often."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.digests: dict[str, int] = {}
        self.malformed: Counter[str] = Counter()
        self.recent_failures: deque[tuple[str, int | str, str]] = deque(maxlen=200)

    def saw_digest(self, digest: str) -> None:
        self.digests[digest] = self.digests.get(digest, 0) + 1
        if len(self.digests) > MAX_LOGGED_DIGESTS:
            del self.digests[next(iter(self.digests))]


class VenueState(ABC):
    """Exchange, market, faults and log of one running local venue."""

    limits: Limits

    def __init__(self, seed: int, clock: VenueClock, listings: Sequence[Listing], rules: Rules) -> None:
        self.seed = seed
        self.clock = clock
        self.ledger = Ledger()
        self.exchange = Exchange(self.ledger, clock, rules)
        self.faults = FaultPlan(seed)
        self.log = RequestLog()
        for instrument, profile in listings:
            self.exchange.list_product(instrument, profile.start_price)
        self.market = BackgroundMarket(self.exchange, clock, [profile for _, profile in listings], seed)
        self.revoked_signers: set[str] = set()
        self.last_trade_price: dict[int, int] = {}
        self.started_s = clock.now_s()

    @abstractmethod
    def default_account(self, index: int) -> str:
        """The account that trades with a funded key."""

    @abstractmethod
    def default_signer(self, index: int) -> str:
        """Who signs for it, as ``revoked_signers`` names signers."""

    def account(self, account_id: str) -> Account:
        """The account, or an empty view of one that was never funded (nothing is created by a question)."""
        return self.ledger.accounts.get(account_id) or Account(account_id)

    async def stalled(self) -> None:
        """Return when no stall is armed (any more). A paused clock cannot wait: then the fault does nothing."""
        while self.faults.armed and not self.clock.paused and self.faults.peek("stall"):
            await self.clock.wait_ms(STALL_STEP_MS)

    def order_id_by_hand(self, digest: str) -> str:
        """Of an order that no client sent: its digest, unless the venue numbers orders itself."""
        return digest

    def order(self, order_id: str) -> Order | None:
        order = self.exchange.open_orders.get(order_id)
        return None if order is None or order.background else order


class VenueApp(ABC):
    """The wire face over one state: what a server, control calls, faults and chaos need of it."""

    def __init__(self) -> None:
        self.connections: dict[Connection, None] = {}
        self.chaos = Chaos(self)

    @property
    @abstractmethod
    def state(self) -> VenueState: ...

    @abstractmethod
    def start(self) -> None:
        """Start everything periodic; the order fixes which timer runs first at equal times."""

    @abstractmethod
    def add_routes(self, app: web.Application) -> None: ...

    @abstractmethod
    def descriptor(self, authority: str) -> dict[str, object]:
        """Chain, ``endpoints`` and funded ``accounts``; ``authority``: host, or host and port."""

    @property
    @abstractmethod
    def headline(self) -> str:
        """Chain and the like, for people."""

    @property
    @abstractmethod
    def account_lines(self) -> list[str]:
        """The funded accounts, for people."""

    @property
    @abstractmethod
    def socket_kinds(self) -> tuple[str, ...]:
        """The kinds of WebSocket connections that there are."""

    @property
    @abstractmethod
    def fault_words(self) -> Words:
        """The names that schedules of faults draw from."""

    @abstractmethod
    def vocabulary(self) -> Vocabulary:
        """What ``request``, ``stream`` and ``product_id`` of a fault may be."""

    def lasting_fault(self, fault: Fault) -> Callable[[], None] | None:
        """Begin what only this venue can hold while a fault is armed; returns how to undo it."""
        return None

    def fault_at_once(self, fault: Fault) -> list[str]:
        """Do what only this venue can do at once; returns what it hit."""
        raise AssertionError(f"nobody plays {fault.name}")

    @abstractmethod
    def pay_funding(self, product_id: int, payment: int) -> None:
        """Longs of one product pay ``payment`` per unit of base now (x18); negative: shorts do."""
