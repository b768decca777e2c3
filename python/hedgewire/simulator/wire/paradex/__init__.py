"""Paradex as a local venue: REST, JSON-RPC and SBE over the venue-neutral exchange."""
