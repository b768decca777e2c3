"""Executes that move collateral or permissions; they carry the address's counter as nonce (reference 2.5, 3.5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from hedgewire.simulator.accounts import Account, HealthKind
from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import ONE, x18
from hedgewire.simulator.wire.nado import errors
from hedgewire.simulator.wire.nado.auth import check_signed, check_tx_nonce
from hedgewire.simulator.wire.nado.errors import WireError
from hedgewire.simulator.wire.nado.messages import get_bytes32, get_int, get_object
from hedgewire.simulator.wire.nado.products import QUOTE_TOKEN_DECIMALS, SPOTS
from hedgewire.simulator.wire.nado.state import NadoState

MIN_LINK_VALUE = x18("5")
MIN_TRANSFER = x18("5")
MAX_LINKS = 5
LINK_WINDOW_S = 7 * 86_400
TRANSFER_FEE = ONE
ISOLATED_TRANSFER_FEE = ONE // 10
ISOLATED_SUFFIX = b"iso".hex()


def _begin(state: NadoState, struct: str, body: Json) -> tuple[Json, str]:
    tx = get_object(body, "tx")
    sender = check_signed(state, struct, tx, body.get("signature"))
    check_tx_nonce(state, sender, get_int(tx, "nonce"))
    return tx, sender


def _done(state: NadoState, sender: str) -> None:
    address = sender[:42]
    state.exchange.submission_idx += 1
    state.tx_nonces[address] = state.tx_nonces.get(address, 0) + 1


def _require_after_paying(state: NadoState, account: Account, amount: int) -> None:
    if not account.exists:
        raise WireError(errors.NO_PRIOR_DEPOSIT, f"{account.account_id} never deposited")
    if state.ledger.health(account, HealthKind.INITIAL).health < amount:
        raise WireError(errors.HEALTH_TOO_LOW, f"paying {amount} would make initial health negative")


async def link_signer(state: NadoState, body: Json) -> object:
    tx, sender = _begin(state, "LinkSigner", body)
    signer = get_bytes32(tx, "signer")[:42]
    if int(signer, 16) == 0:
        raise WireError(errors.INVALID_SIGNER_ZERO, "the zero address cannot be linked")
    if state.linked_signers.get(sender) == signer:
        raise WireError(errors.DUPLICATE_SIGNER, f"{signer} is linked already")
    if state.ledger.health(state.account(sender), HealthKind.UNWEIGHTED).health < MIN_LINK_VALUE:
        raise WireError(errors.LINK_VALUE_TOO_LOW, "the account value is below 5 USDT0")
    used, wait_s = links_used(state, sender)
    if used >= MAX_LINKS:
        raise WireError(errors.LINK_LIMIT, f"{MAX_LINKS} links in 7 days, wait_time {wait_s} s")
    state.linked_signers[sender] = signer
    state.link_times_s.setdefault(sender, deque(maxlen=MAX_LINKS)).append(state.clock.now_s())
    for tell in state.on_signer_linked:
        tell(sender)
    state.links[sender] = (signer, state.exchange.submission_idx, state.clock.now_s())
    _done(state, sender)
    return None


def links_used(state: NadoState, subaccount: str) -> tuple[int, int]:
    """Links of the last 7 days, and the seconds until the oldest of them no longer counts."""
    since_s = state.clock.now_s() - LINK_WINDOW_S
    recent = [at_s for at_s in state.link_times_s.get(subaccount, ()) if at_s > since_s]
    return len(recent), recent[0] - since_s if len(recent) >= MAX_LINKS else 0


async def withdraw_collateral(state: NadoState, body: Json) -> object:
    return _withdraw(state, body, "WithdrawCollateral")


async def withdraw_collateral_v2(state: NadoState, body: Json) -> object:
    _require_fee_bound(body, SPOTS[0].withdraw_fee)
    return _withdraw(state, body, "WithdrawCollateralV2")


def _require_fee_bound(body: Json, fee: int) -> None:
    """V2 requests may bound the fee by ``max_fee_x18`` (nado-sdk 3.0.0, ``Execute``); error 2135 when it is too low."""
    if body.get("max_fee_x18") is not None and get_int(body, "max_fee_x18") < fee:
        raise WireError(errors.FEE_TOO_LOW, f"max_fee_x18 {body['max_fee_x18']} is below the fee of {fee}")


def _withdraw(state: NadoState, body: Json, struct: str) -> object:
    """Take USDT0 off the venue; ``amount`` is in the token's own decimals (reference 2.3)."""
    tx, sender = _begin(state, struct, body)
    product_id, amount = get_int(tx, "productId"), get_int(tx, "amount")
    if product_id != 0:
        raise WireError(errors.HEALTH_TOO_LOW, f"no balance of product {product_id} to withdraw")
    total = amount * 10 ** (18 - QUOTE_TOKEN_DECIMALS) + SPOTS[0].withdraw_fee
    account = state.account(sender)
    _require_after_paying(state, account, total)
    account.quote -= total
    state.ledger.deposited -= total
    _done(state, sender)
    state.exchange.emit(state.exchange.position_events(account, 0, "withdraw_collateral", state.clock.stamp_ns()))
    return None


async def transfer_quote_v2(state: NadoState, body: Json) -> object:
    """As ``transfer_quote``, and the fee must not exceed the required ``max_fee_x18``."""
    tx = get_object(body, "tx")
    get_int(body, "max_fee_x18")
    _require_fee_bound(body, transfer_fee(get_bytes32(tx, "sender"), get_bytes32(tx, "recipient")))
    return await transfer_quote(state, body)


def transfer_fee(sender: str, recipient: str) -> int:
    """The health-check fee, x18: 1 USDT0, or 0.1 to or from an isolated child."""
    isolated = ISOLATED_SUFFIX in (sender[-6:], recipient[-6:])
    return ISOLATED_TRANSFER_FEE if isolated else TRANSFER_FEE


async def transfer_quote(state: NadoState, body: Json) -> object:
    """Move USDT0 (x18) between subaccounts."""
    tx, sender = _begin(state, "TransferQuote", body)
    recipient, amount = get_bytes32(tx, "recipient"), get_int(tx, "amount")
    if recipient == sender:
        raise WireError(errors.SELF_TRANSFER, "sender and recipient are the same subaccount")
    isolated = recipient.endswith(ISOLATED_SUFFIX) or sender.endswith(ISOLATED_SUFFIX)
    if amount < MIN_TRANSFER and not isolated:
        raise WireError(errors.TRANSFER_TOO_SMALL, f"{amount} is below 5 USDT0")
    if isolated and recipient not in state.ledger.accounts:
        raise WireError(errors.TRANSFER_FAILED, f"isolated subaccount {recipient} does not exist")
    fee = transfer_fee(sender, recipient)
    source = state.account(sender)
    _require_after_paying(state, source, amount + fee)
    target = state.ledger.open(recipient)
    state.ledger.transfer(source, target, amount)
    source.quote -= fee
    state.ledger.deposited -= fee
    _done(state, sender)
    stamp_ns = state.clock.stamp_ns()
    for account in (source, target):
        state.exchange.emit(state.exchange.position_events(account, 0, "transfer_quote", stamp_ns))
    return None


async def not_offered(state: NadoState, body: Json) -> object:
    """NLP pools and manual liquidation are outside the local venue (reference 11.4, point 18)."""
    raise WireError(errors.TRANSFER_FAILED, "the local venue has no NLP pool and liquidates by itself")


Transaction = Callable[[NadoState, Json], Awaitable[object]]

TRANSACTIONS: dict[str, Transaction] = {
    "link_signer": link_signer,
    "withdraw_collateral": withdraw_collateral,
    "withdraw_collateral_v2": withdraw_collateral_v2,
    "transfer_quote": transfer_quote,
    "transfer_quote_v2": transfer_quote_v2,
    "mint_nlp": not_offered,
    "burn_nlp": not_offered,
    "liquidate_subaccount": not_offered,
}
