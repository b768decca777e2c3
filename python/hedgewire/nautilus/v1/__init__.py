"""Clients for NautilusTrader 1.231, the Cython line."""
