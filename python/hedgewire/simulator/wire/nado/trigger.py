"""The trigger service: stop and take-profit orders, TWAP, dependencies (Nado reference 6.6)."""

from __future__ import annotations

from hedgewire.simulator.wire.nado.errors import INVALID_EXECUTE, WireError
from hedgewire.simulator.wire.nado.messages import Json
from hedgewire.simulator.wire.nado.state import NadoState


class TriggerService:
    """Holds signed orders until their condition is met, then submits them to the exchange."""

    def __init__(self, state: NadoState) -> None:
        self.state = state

    def start(self) -> None:
        return None

    async def execute(self, body: Json) -> object:
        raise WireError(INVALID_EXECUTE, "trigger orders are not offered yet")

    async def query(self, body: Json) -> object:
        raise WireError(INVALID_EXECUTE, "trigger orders are not offered yet")
