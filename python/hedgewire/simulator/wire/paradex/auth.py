"""Who asks: signed headers make a token, a token makes a session, a signature makes an order (Paradex reference 3)."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from hedgewire.simulator.fields import Json
from hedgewire.simulator.wire.paradex.errors import WireError, unauthorized
from hedgewire.simulator.wire.paradex.keys import account_address
from hedgewire.simulator.wire.paradex.products import ACCOUNT_HASH, PROXY_HASH
from hedgewire.simulator.wire.paradex.stark_curve import PRIME, verify
from hedgewire.simulator.wire.paradex.state import ParadexState
from hedgewire.simulator.wire.paradex.typed_data import message_hash

MAX_SIGNATURE_LIFE_S = 7 * 86_400
DEFAULT_SIGNATURE_LIFE_S = 1800
MAX_SKEW_S = 300


@dataclass(frozen=True, slots=True)
class Session:
    """Whose requests these are. ``signer`` is the public key that logged in."""

    account: str
    signer: str
    expires_s: int
    is_interactive: bool = False


def hex_number(text: object, name: str, error: str) -> int:
    """A field element in hex with 0x, with or without leading zeros; raises ``WireError``."""
    try:
        if not isinstance(text, str) or not text.lower().startswith("0x"):
            raise ValueError
        if not 0 < (number := int(text, 16)) < PRIME:
            raise ValueError
        return number
    except ValueError:
        raise WireError(error, f"{name} must be a number in hex, got {text!r:.80}") from None


def parse_signature(text: object, error: str) -> tuple[int, int]:
    """``["r","s"]`` as JSON text, each decimal or in hex."""
    try:
        members = json.loads(text) if isinstance(text, str) else text
        if not isinstance(members, list) or len(members) != 2:
            raise ValueError
        r, s = (int(member, 0) if isinstance(member, str) else int("no text") for member in members)
    except (ValueError, RecursionError):
        raise WireError(error, f'the signature must be ["r","s"], got {text!r:.80}') from None
    return r, s


def signed_by(state: ParadexState, account: str, hashed: int, signature: tuple[int, int], key: str) -> bool:
    """Whether a registered key of the account, not revoked, made the signature."""
    known = key in state.signers.get(account, {}) and key not in state.revoked_signers
    return known and verify(hashed, *signature, int(key, 16))


def log_in(state: ParadexState, headers: Mapping[str, str], public_key: str | None, *, interactive: bool) -> str:
    """Check the headers of ``POST /auth``; returns the token."""
    account = hex(hex_number(headers.get("PARADEX-STARKNET-ACCOUNT"), "account", "INVALID_STARKNET_ADDRESS"))
    signature = parse_signature(headers.get("PARADEX-STARKNET-SIGNATURE"), "INVALID_STARKNET_SIGNATURE")
    now_s = state.clock.now_ms() // 1000
    timestamp = _seconds(headers, "PARADEX-TIMESTAMP", None)
    expiration = _seconds(headers, "PARADEX-SIGNATURE-EXPIRATION", timestamp + DEFAULT_SIGNATURE_LIFE_S)
    if abs(now_s - timestamp) > MAX_SKEW_S or not timestamp < expiration <= timestamp + MAX_SIGNATURE_LIFE_S:
        raise WireError("INVALID_TIMESTAMP", f"timestamp {timestamp}, expiration {expiration}, now {now_s}")
    if expiration <= now_s:
        raise WireError("INVALID_TIMESTAMP", f"the signature expired at {expiration}, now is {now_s}")
    signers = state.signers.get(account)
    if signers is None:
        raise WireError("NOT_ONBOARDED", "User has never called /onboarding endpoint")
    key = next(iter(signers)) if public_key is None else hex(hex_number(public_key, "key", "PUBLIC_KEY_INVALID"))
    if key not in signers:
        raise WireError("INVALID_SUBKEY", f"{key} is no key of {account}", http_status=401)
    values: list[int | str] = ["POST", "/v1/auth", "", timestamp, expiration]
    hashed = message_hash("Request", values, chain_id=state.chain_id, account=int(account, 16))
    if not signed_by(state, account, hashed, signature, key):
        text = "the signature is not of that key for that account"
        raise WireError("STARKNET_SIGNATURE_VERIFICATION_FAILED", text, http_status=401)
    return make_token(state, account, key, interactive=interactive)


def _seconds(headers: Mapping[str, str], name: str, default: int | None) -> int:
    text = headers.get(name)
    if text is None and default is not None:
        return default
    if text is None or not text.isdecimal() or len(text) > 12:
        raise WireError("INVALID_TIMESTAMP", f"{name} must be whole seconds, got {text!r:.80}")
    return int(text)


def onboard(state: ParadexState, headers: Mapping[str, str], body: Json) -> str:
    """Check ``POST /onboarding``; returns the account. Repeating it changes nothing."""
    account = hex_number(headers.get("PARADEX-STARKNET-ACCOUNT"), "account", "INVALID_STARKNET_ADDRESS")
    hex_number(headers.get("PARADEX-ETHEREUM-ACCOUNT"), "account", "INVALID_ETHEREUM_ADDRESS")
    signature = parse_signature(headers.get("PARADEX-STARKNET-SIGNATURE"), "INVALID_STARKNET_SIGNATURE")
    key = hex_number(body.get("public_key"), "public_key", "PUBLIC_KEY_INVALID")
    hashed = message_hash("Constant", ["Onboarding"], chain_id=state.chain_id, account=account)
    if not verify(hashed, *signature, key):
        text = "the signature is not of that key for that account"
        raise WireError("STARKNET_SIGNATURE_VERIFICATION_FAILED", text, http_status=401)
    if account != account_address(key, ACCOUNT_HASH, PROXY_HASH):
        raise WireError("INVALID_STARKNET_ADDRESS", f"{account:#x} is not the address of key {key:#x}")
    state.signers.setdefault(hex(account), {hex(key): "main"})
    return hex(account)


# --- tokens ----------------------------------------------------------------------------------------------------------


def make_token(state: ParadexState, account: str, key: str, *, interactive: bool) -> str:
    now_s = state.clock.now_ms() // 1000
    claims = {
        "typ": "at+JWT",
        "iss": "local Paradex",
        "sub": account,
        "key": key,
        "iat": now_s,
        "iat_ms": state.clock.now_ms(),
        "exp": now_s + state.token_life_s,
        "usage": "interactive" if interactive else "api",
    }
    signed = f"{_encoded({'typ': 'JWT', 'alg': 'HS256'})}.{_encoded(claims)}"
    return f"{signed}.{_base64(hmac.digest(state.secret, signed.encode(), sha256))}"


def read_token(state: ParadexState, token: str) -> Session:
    """The session of a token that this venue made and that has not expired; raises the 401 else."""
    signed, _, suffix = token.rpartition(".")
    if not hmac.compare_digest(suffix.encode(), _base64(hmac.digest(state.secret, signed.encode(), sha256)).encode()):
        raise unauthorized("signature is invalid")
    payload = signed.partition(".")[2]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    expired_ms = claims["exp"] * 1000
    if claims["iat_ms"] < state.tokens_from_ms:
        expired_ms = state.tokens_from_ms - 1
    late_ms = state.clock.now_ms() - expired_ms
    if late_ms > 0:
        raise unauthorized(f"token is expired by {late_ms / 1000}s")
    known = claims["key"] in state.signers.get(claims["sub"], {})
    if not known or claims["key"] in state.revoked_signers:
        raise unauthorized("token is revoked")
    return Session(claims["sub"], claims["key"], claims["exp"], claims["usage"] == "interactive")


def read_bearer(state: ParadexState, headers: Mapping[str, str]) -> Session:
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthorized("missing")
    return read_token(state, token)


def _encoded(claims: Mapping[str, object]) -> str:
    return _base64(json.dumps(claims, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
