"""The addresses under which a local Nado serves what the real one spreads over several hosts (Nado reference 1.1)."""

from __future__ import annotations


def endpoints(authority: str) -> dict[str, str]:
    """Base addresses by the names that clients' configurations use; ``authority``: host, or host and port."""
    http, socket = f"http://{authority}", f"ws://{authority}"
    return {
        "gateway_v1": f"{http}/v1",
        "gateway_v2": f"{http}/v2",
        "actions_ws": f"{socket}/v1/ws",
        "actions_ws_v2": f"{socket}/ws/v2",
        "subscriptions_ws": f"{socket}/v1/subscribe",
        "trigger": f"{http}/trigger/v1",
        "archive_v1": f"{http}/archive/v1",
        "archive_v2": f"{http}/archive/v2",
    }
