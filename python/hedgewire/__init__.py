"""Perpetual-futures venues for NautilusTrader, a delta-neutral pair strategy, and local venues to test on."""

from __future__ import annotations

__version__ = "0.1.0"
