"""Everything one running local Nado holds; the wire modules are functions over it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from hedgewire.simulator.clock import VenueClock
from hedgewire.simulator.fixed import x18
from hedgewire.simulator.keys import FundedKey, derive_key
from hedgewire.simulator.venue import VenueState
from hedgewire.simulator.wire.nado.limits import Limits
from hedgewire.simulator.wire.nado.products import CHAIN_ID, ENDPOINT_ADDRESS, perps
from hedgewire.simulator.wire.nado.rules import NadoRules

FUNDED_ACCOUNTS = 2
FUNDING_USDT0 = x18("100000")
DEFAULT_NAME = b"default".ljust(12, b"\0").hex()


def default_subaccount(address: str) -> str:
    """``sender`` bytes32 of the subaccount named "default" (Nado reference 3.4)."""
    return address.lower() + DEFAULT_NAME


class NadoState(VenueState):
    """Keys, nonces and signers of one local Nado, over its exchange."""

    def __init__(self, seed: int, clock: VenueClock) -> None:
        super().__init__(seed, clock, perps(), NadoRules())
        self.chain_id = CHAIN_ID
        self.endpoint_address = ENDPOINT_ADDRESS
        self.limits: Limits = Limits()
        self.keys: list[FundedKey] = [derive_key("nado", seed, index) for index in range(FUNDED_ACCOUNTS)]
        for key in self.keys:
            self.ledger.deposit(default_subaccount(key.address), FUNDING_USDT0)
        self.tx_nonces: dict[str, int] = {}
        self.linked_signers: dict[str, str] = {}
        self.links: dict[str, tuple[str, int, int]] = {}
        self.link_times_s: dict[str, deque[int]] = {}
        self.on_signer_linked: list[Callable[[str], None]] = []
        self.last_snapshot: dict[int, dict[str, object]] = {}

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

    def default_signer(self, index: int) -> str:
        """The address of a funded key."""
        return self.keys[index].address.lower()
