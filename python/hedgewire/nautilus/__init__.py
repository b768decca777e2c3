"""The NautilusTrader side, written once for all venues."""
