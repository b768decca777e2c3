"""Tables of the journal. Rows are only ever added: triggers refuse to change or delete one."""

from __future__ import annotations

VERSION = 3

TABLES = {
    "intents": """
        order_id TEXT PRIMARY KEY, cycle_id TEXT NOT NULL, leg INTEGER NOT NULL, instrument TEXT NOT NULL,
        side TEXT NOT NULL, qty TEXT NOT NULL, kind TEXT NOT NULL, price TEXT NOT NULL,
        reduce_only INTEGER NOT NULL, ts_ns INTEGER NOT NULL""",
    "order_events": """
        seq INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT NOT NULL, status TEXT NOT NULL,
        detail TEXT NOT NULL, filled_qty TEXT, ts_ns INTEGER NOT NULL""",
    "fills": """
        seq INTEGER PRIMARY KEY AUTOINCREMENT, venue TEXT NOT NULL, trade_id TEXT NOT NULL, instrument TEXT NOT NULL,
        order_id TEXT NOT NULL, side TEXT NOT NULL, qty TEXT NOT NULL, price TEXT NOT NULL, fee TEXT NOT NULL,
        is_maker INTEGER NOT NULL, ts_ns INTEGER NOT NULL, UNIQUE (venue, instrument, trade_id)""",
    "cycles": """
        seq INTEGER PRIMARY KEY AUTOINCREMENT, cycle_id TEXT NOT NULL, outcome TEXT NOT NULL,
        record TEXT NOT NULL, ts_ns INTEGER NOT NULL""",
    "funding": """
        seq INTEGER PRIMARY KEY AUTOINCREMENT, venue TEXT NOT NULL, instrument TEXT NOT NULL, cycle_id TEXT NOT NULL,
        amount TEXT NOT NULL, ts_ns INTEGER NOT NULL, UNIQUE (venue, instrument, ts_ns)""",
    "notes": """
        seq INTEGER PRIMARY KEY AUTOINCREMENT, cycle_id TEXT NOT NULL, text TEXT NOT NULL, ts_ns INTEGER NOT NULL""",
}


REVISABLE_CYCLES = (
    "ALTER TABLE cycles RENAME TO cycles_once",
    f"CREATE TABLE cycles ({TABLES['cycles']}) STRICT",
    "INSERT INTO cycles SELECT * FROM cycles_once",
    "DROP TABLE cycles_once",
)
"""To version 3, where a cycle's result may be revised: before, the table refused a second row of one cycle."""


def statements() -> list[str]:
    """Everything needed to create the journal."""
    found = []
    for name, columns in TABLES.items():
        found.append(f"CREATE TABLE IF NOT EXISTS {name} ({columns}) STRICT")
        for verb in ("UPDATE", "DELETE"):
            found.append(
                f"CREATE TRIGGER IF NOT EXISTS {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
                f"BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )
    found.append("CREATE INDEX IF NOT EXISTS order_events_by_order ON order_events (order_id)")
    found.append("CREATE INDEX IF NOT EXISTS fills_by_order ON fills (order_id)")
    return found
