"""The memory of a run: intents before they are sent, what became of them, fills and cycles."""

from .store import FillRecord, Intent, Journal, JournalError, OrderEvent, UnresolvedIntent

__all__ = ["FillRecord", "Intent", "Journal", "JournalError", "OrderEvent", "UnresolvedIntent"]
