"""The delta-neutral pair strategy. The files here are pure; only ``strategy`` knows NautilusTrader."""
