"""What the operator configures for the pair strategy, checked where it is written down."""

from __future__ import annotations

from decimal import Decimal

from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.identifiers import InstrumentId

from hedgewire.errors import ConfigError
from hedgewire.nautilus.settings import Named, check_types
from hedgewire.pair.guards import DailyLoss, DeltaLimits, FailureBreaker, Guards
from hedgewire.pair.vocabulary import BuildPolicy, Direction, Neutral, PairConfig

SOURCE = "PairStrategyConfig"
ALTERNATE = "ALTERNATE"
LARGEST_USD = 10**9
"""Beyond it a typing error is likelier than a wish, and quantities leave the range of NautilusTrader's numbers."""


class PairStrategyConfig(StrategyConfig, kw_only=True, frozen=True, metaclass=Named):
    """``instruments``: two ids, leg 0 first. USD amounts are per leg for the target, both legs together for
    ``max_position_usd``, one order for ``part_usd`` (a larger taker goes out in equal parts). ``neutral``: the legs
    hold equal ``notional`` (USD), or equal ``quantity`` of one coin. ``direction``: BUY_FIRST, SELL_FIRST or ALTERNATE.
    ``delta_*`` are shares of gross exposure. There are no default limits: a limit that nobody chose protects nobody.
    Raises ``ConfigError``."""

    instruments: tuple[str, str]
    target_notional_usd: Decimal
    max_position_usd: Decimal
    max_daily_loss_usd: Decimal
    journal_path: str
    cycles: int = 1
    neutral: str = Neutral.NOTIONAL
    policy: str = "ioc"
    maker_leg: int = 0
    direction: str = ALTERNATE
    hold_ms: int = 5_000
    unwind_maker_wait_ms: int = 3_000
    pause_ms: int = 500
    slippage_cap_bps: Decimal = Decimal(10)
    part_usd: Decimal = Decimal(600)
    max_failures: int = 3
    delta_warn: Decimal = Decimal("0.01")
    delta_block: Decimal = Decimal("0.02")
    delta_emergency: Decimal = Decimal("0.02")
    sample_ms: int = 250

    def __post_init__(self) -> None:
        check_types(self)
        _check_legs(self.instruments)
        _one_of("neutral", self.neutral, [neutral.value for neutral in Neutral])
        _one_of("policy", self.policy, [policy.value for policy in BuildPolicy])
        _one_of("direction", self.direction, [*(direction.value for direction in Direction), ALTERNATE])
        for name in ("target_notional_usd", "max_position_usd", "max_daily_loss_usd", "part_usd"):
            _require(name, getattr(self, name), 0 < getattr(self, name) <= LARGEST_USD, "a positive amount of USD")
        for name in ("cycles", "max_failures", "sample_ms"):
            _require(name, getattr(self, name), getattr(self, name) >= 1, "1 or more")
        for name in ("hold_ms", "unwind_maker_wait_ms", "pause_ms", "slippage_cap_bps"):
            _require(name, getattr(self, name), getattr(self, name) >= 0, "0 or more")
        for name in ("delta_warn", "delta_block", "delta_emergency"):
            _require(name, getattr(self, name), 0 < getattr(self, name) <= 1, "a share of gross exposure: 0.02 is 2 %")
        _require("maker_leg", self.maker_leg, self.maker_leg in (0, 1), "0 or 1, the leg that is quoted passively")


def machine_config(config: PairStrategyConfig) -> PairConfig:
    return PairConfig(
        target_notional=config.target_notional_usd,
        neutral=Neutral(config.neutral),
        build_policy=BuildPolicy(config.policy),
        maker_leg=config.maker_leg,
        hold_ms=config.hold_ms,
        unwind_maker_wait_ms=config.unwind_maker_wait_ms,
        slippage_cap_bps=config.slippage_cap_bps,
        part_notional=config.part_usd,
    )


def guards(config: PairStrategyConfig) -> Guards:
    return Guards(
        config.max_position_usd,
        DailyLoss(config.max_daily_loss_usd),
        DeltaLimits(config.delta_warn, config.delta_block, config.delta_emergency),
        FailureBreaker(config.max_failures),
    )


def direction_of(config: PairStrategyConfig, number: int) -> Direction:
    """Of the cycle with this number; the first is 1."""
    if config.direction == ALTERNATE:
        return Direction.BUY_FIRST if number % 2 else Direction.SELL_FIRST
    return Direction(config.direction)


def _require(name: str, value: Decimal | int, good: bool, wanted: str) -> None:
    if not good:
        raise ConfigError(f"{name} is out of range", value, SOURCE, f"give {wanted}")


def _one_of(name: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise ConfigError(f"unknown {name}", value, SOURCE, f"one of {', '.join(known)}")


def _check_legs(instruments: tuple[str, str]) -> None:
    for text in instruments:
        try:
            InstrumentId.from_str(text)
        except ValueError:
            raise ConfigError("not an instrument id", text, SOURCE, "SYMBOL.VENUE, such as ETH-PERP.NADO") from None
    if instruments[0] == instruments[1]:
        raise ConfigError("both legs are the same instrument", instruments[0], SOURCE, "a pair needs two")
