"""The 128-bit order appendix (Nado reference 3.6)."""

from __future__ import annotations

from dataclasses import dataclass

from hedgewire.simulator.orders import OrderKind

X6_TO_X18 = 10**12
BUILDER_RATE_UNIT = 10**13
"""A tenth of a basis point, x18."""


@dataclass(frozen=True, slots=True)
class Appendix:
    """Unpacked bits; ``value`` is the isolated margin x6 or the packed TWAP parameters. ``reserved`` is 0."""

    version: int
    reserved: int
    isolated: bool
    kind: OrderKind
    reduce_only: bool
    trigger: int
    builder_rate: int
    builder_id: int
    value: int

    @property
    def builder_rate_x18(self) -> int:
        """Part of the traded quote that the builder takes."""
        return self.builder_rate * BUILDER_RATE_UNIT

    @property
    def isolated_margin(self) -> int:
        """Margin for the isolated child, x18."""
        return self.value * X6_TO_X18 if self.isolated else 0


def unpack(appendix: int) -> Appendix:
    return Appendix(
        version=appendix & 0xFF,
        reserved=appendix >> 14 & 0xFF_FFFF,
        isolated=bool(appendix >> 8 & 1),
        kind=OrderKind(appendix >> 9 & 3),
        reduce_only=bool(appendix >> 11 & 1),
        trigger=appendix >> 12 & 3,
        builder_rate=appendix >> 38 & 0x3FF,
        builder_id=appendix >> 48 & 0xFFFF,
        value=appendix >> 64,
    )
