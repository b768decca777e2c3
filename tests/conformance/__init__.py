"""Upstream's acceptance testers in a real node on a local venue, one run a card (NautilusTrader reference 3)."""
