"""Everything one running local Nado holds; the wire modules are functions over it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

from hedgewire.simulator.accounts import Account, Ledger
from hedgewire.simulator.clock import VenueClock
from hedgewire.simulator.exchange import Exchange
from hedgewire.simulator.fault_plan import FaultPlan
from hedgewire.simulator.fixed import x18
from hedgewire.simulator.keys import FundedKey, derive_key
from hedgewire.simulator.market import BackgroundMarket
from hedgewire.simulator.orders import Order
from hedgewire.simulator.wire.nado.limits import Limits
from hedgewire.simulator.wire.nado.products import CHAIN_ID, ENDPOINT_ADDRESS, perps

FUNDED_ACCOUNTS = 2
FUNDING_USDT0 = x18("100000")
DEFAULT_NAME = b"default".ljust(12, b"\0").hex()
MAX_LOGGED_DIGESTS = 50_000
STALL_STEP_MS = 20


def default_subaccount(address: str) -> str:
    """``sender`` bytes32 of the subaccount named "default" (Nado reference 3.4)."""
    return address.lower() + DEFAULT_NAME


def isolated_child_id(parent: str, product_id: int, slot: int) -> str:
    """Child id: owner, six zero bytes, product id, slot, the letters ``iso`` (Nado reference 3.4)."""
    return parent[:42] + "00" * 6 + product_id.to_bytes(2).hex() + bytes([slot]).hex() + b"iso".hex()


class RequestLog:
    """What clients asked for: counts by request, and every order digest received with how often."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.digests: dict[str, int] = {}
        self.malformed: Counter[str] = Counter()
        self.recent_failures: deque[tuple[str, int, str]] = deque(maxlen=200)

    def saw_digest(self, digest: str) -> None:
        self.digests[digest] = self.digests.get(digest, 0) + 1
        if len(self.digests) > MAX_LOGGED_DIGESTS:
            del self.digests[next(iter(self.digests))]


class NadoState:
    """Exchange, market, keys, nonces, signers, faults and log of one local Nado."""

    def __init__(self, seed: int, clock: VenueClock) -> None:
        self.seed = seed
        self.clock = clock
        self.chain_id = CHAIN_ID
        self.endpoint_address = ENDPOINT_ADDRESS
        self.ledger = Ledger()
        self.exchange = Exchange(self.ledger, clock, isolated_child_id)
        self.faults = FaultPlan(seed)
        self.log = RequestLog()
        self.limits = Limits()
        listings = perps()
        for instrument, profile in listings:
            self.exchange.list_product(instrument, profile.start_price)
        self.market = BackgroundMarket(self.exchange, clock, [profile for _, profile in listings], seed)
        self.keys: list[FundedKey] = [derive_key("nado", seed, index) for index in range(FUNDED_ACCOUNTS)]
        for key in self.keys:
            self.ledger.deposit(default_subaccount(key.address), FUNDING_USDT0)
        self.tx_nonces: dict[str, int] = {}
        self.revoked_signers: set[str] = set()
        self.linked_signers: dict[str, str] = {}
        self.links: dict[str, tuple[str, int, int]] = {}
        self.link_times_s: dict[str, deque[int]] = {}
        self.on_signer_linked: list[Callable[[str], None]] = []
        self.last_trade_price: dict[int, int] = {}
        self.last_snapshot: dict[int, dict[str, object]] = {}
        self.started_s = clock.now_s()

    def signers_of(self, sender: str) -> set[str]:
        """Addresses that may sign for a subaccount: its owner and the signer linked to it, or to its parent."""
        signers, account = {sender[:42]}, self.ledger.accounts.get(sender)
        linked = self.linked_signers.get((account.parent if account else None) or sender)
        if linked is not None:
            signers.add(linked)
        return signers - self.revoked_signers

    def default_account(self, index: int) -> str:
        """The subaccount named "default" of a funded key."""
        return default_subaccount(self.keys[index].address)

    def account(self, subaccount: str) -> Account:
        """The account, or an empty view of one that was never funded (nothing is created by a question)."""
        return self.ledger.accounts.get(subaccount) or Account(subaccount)

    async def stalled(self) -> None:
        """Return when no stall is armed (any more). A paused clock cannot wait: then the fault does nothing."""
        while self.faults.armed and not self.clock.paused and self.faults.peek("stall"):
            await self.clock.wait_ms(STALL_STEP_MS)

    def order(self, digest: str) -> Order | None:
        order = self.exchange.open_orders.get(digest)
        return None if order is None or order.background else order
