"""Nado's REST, WebSocket, trigger and archive protocols over the venue-neutral exchange model."""
