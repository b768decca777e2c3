"""The memory of a run: intents before they are sent, what became of them, fills, funding and cycles."""

from .store import (
    SENT,
    FillRecord,
    FundingRecord,
    Intent,
    Journal,
    JournalError,
    KnownIntentError,
    OrderEvent,
    UnresolvedIntent,
)

__all__ = [
    "SENT",
    "FillRecord",
    "FundingRecord",
    "Intent",
    "Journal",
    "JournalError",
    "KnownIntentError",
    "OrderEvent",
    "UnresolvedIntent",
]
