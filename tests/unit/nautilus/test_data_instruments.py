"""Instruments from what the venue lists, exactly; one that cannot be made is said and skipped."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fake_core import X18
from market_core import FIRST, SPOT, UNLISTED, instrument, rigged
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.instruments import CryptoPerpetual, CurrencyPair

from hedgewire.nautilus.rows import RowKind


@pytest.mark.proves("R002-28", "R002-29")
async def test_a_perpetual_has_the_venues_figures() -> None:
    row = (
        RowKind.INSTRUMENT, 4, "ETH-PERP", "perpetual", "ETH", "USDT0", 1, 3, X18 // 10, X18 // 1000, 100 * X18,
        -X18 // 10_000, 35 * X18 // 100_000, X18 // 40, X18 // 80, "post_only", True,
    )  # fmt: skip
    async with rigged() as rig:
        rig.link.dispatch(row)
        (made,) = [one for one in rig.client.provider.get_all().values() if one.id.value == "ETH-PERP.NADO"]
        assert isinstance(made, CryptoPerpetual)
        assert (str(made.price_increment), str(made.size_increment), str(made.min_quantity)) == (
            "0.1",
            "0.001",
            "0.001",
        )
        assert (made.price_precision, made.size_precision, made.multiplier.as_decimal()) == (1, 3, 1)
        assert (made.base_currency.code, made.quote_currency.code, made.settlement_currency.code) == (
            "ETH", "USDT0", "USDT0",
        )  # fmt: skip
        assert made.min_notional.as_decimal() == 100 and not made.is_inverse
        assert [made.maker_fee, made.taker_fee, made.margin_init, made.margin_maint] == [
            Decimal("-0.0001"), Decimal("0.00035"), Decimal("0.025"), Decimal("0.0125"),
        ]  # fmt: skip
        assert made.info == {"product_id": 4, "status": "post_only", "isolated_only": True}


async def test_a_spot_product_is_a_currency_pair() -> None:
    async with rigged() as rig:
        assert isinstance(rig.client.provider.traded(SPOT).instrument, CurrencyPair)


@pytest.mark.proves("R002-30")
async def test_an_unusable_listing_is_skipped_and_the_others_stay() -> None:
    async with rigged() as rig:
        broken: list[Any] = list(instrument(90, "BROKEN-PERP", "perpetual"))
        broken[8] = 0  # an increment of nothing
        rig.link.dispatch(tuple(broken))
        rig.link.dispatch(instrument(92, "LATER-PERP", "perpetual"))
        provider = rig.client.provider
        assert 90 not in provider.by_number and provider.find(InstrumentId.from_str("BROKEN-PERP.NADO")) is None
        assert provider.traded(InstrumentId.from_str("LATER-PERP.NADO")).number == 92


async def test_the_providers_own_entry_points() -> None:
    async with rigged() as rig:
        provider = rig.client.provider
        await provider.load_ids_async([FIRST])
        await provider.load_async(FIRST)
        assert provider.find(FIRST) is not None and provider.count == 4
        with pytest.raises(KeyError, match="hint: listed are P2-PERP"):
            provider.traded(UNLISTED)
