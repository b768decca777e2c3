"""Trading statuses and open interest, as the core asks for them."""

from __future__ import annotations

from harness import ETH, ONE_X18, Harness

from hedgewire.nautilus.rows import Kind, Outcome, RowKind


async def test_statuses_follow_a_halt(line: Harness) -> None:
    async def statuses() -> dict[int, str]:
        reply = await line.reply(line.client.query_statuses())
        assert reply[2] == Outcome.FOUND
        return {row[1]: row[2] for row in reply[5] if row[0] == RowKind.STATUS}

    assert set((await statuses()).values()) == {"live"}
    for status, ours in (("not_tradable", "halted"), ("post_only", "post_only"), ("reduce_only", "reduce_only")):
        async with line.session.post(f"{line.control_url}/halt", json={"product_id": ETH, "status": status}) as answer:
            assert answer.status == 200
        assert (await statuses())[ETH] == ours


async def test_open_interest_grows_by_what_was_bought(line: Harness) -> None:
    async def open_interest() -> int:
        reply = await line.reply(line.client.query_open_interest())
        assert reply[2] == Outcome.FOUND
        return next(row[2] for row in reply[5] if row[0] == RowKind.OPEN_INTEREST and row[1] == ETH)

    before = await open_interest()
    _, ask = await line.touch()
    client_id, order = line.order(1, Kind.FOK, ONE_X18, ask + ONE_X18)
    line.client.submit([order])
    await line.wait(lambda row: row[0] == RowKind.FILL and row[3] == client_id)
    assert await open_interest() == before + ONE_X18
