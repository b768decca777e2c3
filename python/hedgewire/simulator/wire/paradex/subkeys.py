"""Keys that may sign for an account beside its own (Paradex reference 2.8)."""

from __future__ import annotations

from hedgewire.simulator.fields import Json
from hedgewire.simulator.wire.paradex.auth import Session, hex_number
from hedgewire.simulator.wire.paradex.errors import WireError
from hedgewire.simulator.wire.paradex.messages import get_text
from hedgewire.simulator.wire.paradex.state import ParadexState


def _require_main(state: ParadexState, session: Session) -> dict[str, str]:
    signers = state.signers[session.account]
    if session.signer != next(iter(signers)):
        raise WireError("REQUEST_NOT_ALLOWED", "a subkey may not manage keys", http_status=403)
    return signers


def add_subkey(state: ParadexState, session: Session, body: Json) -> None:
    """Register a key under a name; it may log in and sign orders at once."""
    signers = _require_main(state, session)
    key = hex(hex_number(body.get("public_key"), "public_key", "PUBLIC_KEY_INVALID"))
    if key in signers:
        raise WireError("NOT_UNIQUE", f"{key} is registered already")
    signers[key] = get_text(body, "name")


def revoke_subkey(state: ParadexState, session: Session, public_key: str) -> str:
    """Tokens of the key end with it. Returns the key."""
    signers = _require_main(state, session)
    key = hex(hex_number(public_key, "public_key", "PUBLIC_KEY_INVALID"))
    if key not in signers or key == session.signer:
        raise WireError("INVALID_SUBKEY", f"{key} is no subkey of this account")
    del signers[key]
    return key
