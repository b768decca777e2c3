"""The addresses under which a local Paradex is served (Paradex reference 1.1)."""

from __future__ import annotations


def endpoints(authority: str) -> dict[str, str]:
    """Base addresses by the names that clients' configurations use; ``authority``: host, or host and port."""
    return {"rest": f"http://{authority}/v1", "rest_v2": f"http://{authority}/v2", "ws": f"ws://{authority}/v1"}
