"""A pair is held over a funding payment: ledger, journal and metrics have it exactly, as has the venue's account."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from node_on_nado import ETH_ID, SOL_ID, running, until

from hedgewire.journal import Journal
from hedgewire.pair.strategy import PairStrategy, PairStrategyConfig
from hedgewire.pair.vocabulary import State, StopMode
from hedgewire.simulator.server import LocalVenue

X18 = Decimal(10) ** 18


def equity(venue: LocalVenue, account_id: str) -> Decimal:
    """Quote and virtual quote of a flat account, as the venue's own books have them."""
    ledger = venue.state.ledger
    account = ledger.accounts[account_id]
    parts = [ledger.position(account, product_id) for product_id in (ETH_ID, SOL_ID)]
    assert [part.amount for part in parts] == [0, 0]
    return Decimal(account.quote + sum(part.v_quote for part in parts)) / X18


@pytest.mark.proves("R003-061", "R003-083", "R003-3.4.3", "R003-3.4.4")
async def test_funding_is_in_the_result_exactly_as_the_venue_paid_it(tmp_path: Path, venue: LocalVenue) -> None:
    pair = PairStrategy(
        PairStrategyConfig(
            instruments=("ETH-PERP.NADO", "SOL-PERP.NADO"),
            target_notional_usd=Decimal(500),
            max_position_usd=Decimal(2_000),
            max_daily_loss_usd=Decimal(100),
            journal_path=str(tmp_path / "journal.sqlite"),
            slippage_cap_bps=Decimal(20),
            hold_ms=60_000,
        )
    )
    descriptor: dict[str, Any] = venue.descriptor
    account_id = descriptor["accounts"][0]["subaccount"]
    before = equity(venue, account_id)
    async with running(venue, prepare=lambda node: node.trader.add_strategy(pair)):
        await until(lambda: pair.current and pair.current.state is State.HOLDING, "a pair is held")
        assert pair.current is not None
        held = [pair.current.desk.held(leg) for leg in (0, 1)]
        indexes = [venue.state.ledger.markets[number].cumulative_funding for number in (ETH_ID, SOL_ID)]
        venue.app.funding.pay()
        await until(lambda: pair.current and pair.current.desk.ledger.funding, "funding in the ledger")
        paid = [
            Decimal(venue.state.ledger.markets[number].cumulative_funding - index) / X18
            for number, index in zip((ETH_ID, SOL_ID), indexes, strict=True)
        ]
        await until(
            lambda: pair.current and all(book.funding for book in pair.current.desk.ledger.legs.values()), "both"
        )
        pair.request_stop(StopMode.FLATTEN)
        await until(lambda: pair.results, "the cycle's result")
        after = equity(venue, account_id)
    result = pair.results[0]
    assert result.funding == -sum(qty * each for qty, each in zip(held, paid, strict=True)) != 0
    assert result.net == result.gross - result.fees + result.funding
    assert abs(result.net - (after - before)) < Decimal("0.0001"), "the account's own difference"
    with Journal(tmp_path / "journal.sqlite", readonly=True) as journal:
        assert sum(payment.amount for payment in journal.funding_payments()) == result.funding
        assert {payment.cycle_id for payment in journal.funding_payments()} == {result.cycle_id}
        (row,) = journal.cycles()
    # A cell has the 18 places of the venue's money; a size times a payment for each unit has more.
    assert Decimal(row["funding_usd"]) == round(result.funding, 18)
    assert Decimal(row["net_pnl_usd"]) == round(result.net, 18)
