"""Everything one running local Paradex holds; the wire modules are functions over it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from hashlib import sha256

from hedgewire.simulator.clock import VenueClock
from hedgewire.simulator.fixed import x18
from hedgewire.simulator.venue import VenueState
from hedgewire.simulator.wire.paradex.keys import FundedAccount, funded_account
from hedgewire.simulator.wire.paradex.limits import Limits
from hedgewire.simulator.wire.paradex.messages import Ids
from hedgewire.simulator.wire.paradex.products import CHAIN_ID, Kind, others, perps
from hedgewire.simulator.wire.paradex.rules import ParadexRules

FUNDED_ACCOUNTS = 2
FUNDING_USDC = x18("100000")
PROCESSING_MS = 2
"""Between taking an order and trying it: what was answered is then still NEW."""


class ParadexState(VenueState):
    """Accounts, their keys, numbers and modes of one local Paradex, over its exchange."""

    def __init__(
        self, seed: int, clock: VenueClock, keys: Sequence[FundedAccount] = (), *, all_products: bool = False
    ) -> None:
        """``keys``: of accounts in place of those that follow from the seed, which take a while to compute.
        ``all_products``: not only perpetuals."""
        listings = perps() + (others() if all_products else [])
        self.rules = ParadexRules(listings)
        super().__init__(seed, clock, [(each.instrument, each.profile) for each in listings], self.rules)
        self.chain_id = CHAIN_ID
        self.limits: Limits = Limits()
        self.keys = list(keys) or [funded_account(seed, index) for index in range(FUNDED_ACCOUNTS)]
        self.signers: dict[str, dict[str, str]] = {}
        """By account: public keys that may sign, with the name each was registered under."""
        for key in self.keys:
            self.signers[key.address] = {key.public_key: "main"}
            self.ledger.deposit(key.address, FUNDING_USDC)
        self.rpi_accounts = {self.keys[0].address}
        """Who may place RPI orders."""
        self.ids = Ids()
        self.secret = sha256(f"local paradex / seed {seed}".encode()).digest()
        """Signs tokens and cursors."""
        self.system_status = "ok"
        self.token_life_s = 300
        self.tokens_from_ms = 0
        """Tokens given earlier count as expired."""
        self.book_seq: dict[int, int] = dict.fromkeys(self.ledger.markets, 1)
        self.products = {market.instrument.symbol: p for p, market in self.ledger.markets.items()}

    def default_account(self, index: int) -> str:
        return self.keys[index].address

    def default_signer(self, index: int) -> str:
        return self.keys[index].public_key

    def kind(self, product_id: int) -> Kind:
        return self.rules.listings[product_id].kind

    def symbol(self, product_id: int) -> str:
        return self.ledger.markets[product_id].instrument.symbol

    def order_id_by_hand(self, digest: str) -> str:
        return self.new_id()

    def new_id(self) -> str:
        return self.ids.next(self.clock.now_ms())

    def soon(self, callback: Callable[[], None], delay_ms: int = PROCESSING_MS) -> None:
        """Run after what is being answered now, in the order of the calls; a paused clock does not wait."""
        if self.clock.paused:
            asyncio.get_running_loop().call_soon(callback)
        else:
            self.clock.call_after_ms(delay_ms, callback)
