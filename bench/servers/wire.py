"""HTTP/1.1 and WebSocket by hand, as little as a measurement needs: a venue that costs nearly nothing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
DEFLATE_TAIL = b"\x00\x00\xff\xff"
"""Left off every compressed message (RFC 7692 section 7.2.1)."""


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One unmasked, uncompressed frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65_536:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2) + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8) + payload


def response(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        status.encode(),
        len(body),
        body,
    )


@dataclass(frozen=True, slots=True)
class Request:
    """``headers``: names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Peer(asyncio.Protocol):
    """One connection. ``answer`` gets a request and writes its response; ``hear`` gets each text of a WebSocket."""

    def __init__(self, answer: Callable[[Peer, Request], None], hear: Callable[[Peer, Any], None]) -> None:
        self._answer = answer
        self._hear = hear
        self._buffer = bytearray()
        self._is_socket = False
        self.transport: asyncio.Transport
        self.can_write = asyncio.Event()
        self.can_write.set()
        self.on_open: Callable[[Peer], None] | None = None
        self.closed = False
        self._inflate = zlib.decompressobj(-15)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        self.can_write.set()

    def pause_writing(self) -> None:
        self.can_write.clear()

    def resume_writing(self) -> None:
        self.can_write.set()

    def say(self, message: Any) -> None:
        self.transport.write(frame(json.dumps(message, separators=(",", ":")).encode()))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._buffer and (self._one_frame() if self._is_socket else self._one_request()):
            pass

    def _one_request(self) -> bool:
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return False
        lines = self._buffer[:head_end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        body_end = head_end + 4 + int(headers.get("content-length", "0"))
        if len(self._buffer) < body_end:
            return False
        body = bytes(self._buffer[head_end + 4 : body_end])
        del self._buffer[:body_end]
        method, path, _ = lines[0].split(" ")
        if headers.get("upgrade", "").lower() == "websocket":
            self._upgrade(headers)
        else:
            self._answer(self, Request(method, path, headers, body))
        return True

    def _upgrade(self, headers: dict[str, str]) -> None:
        accept = base64.b64encode(hashlib.sha1(headers["sec-websocket-key"].encode() + _GUID).digest()).decode()
        agreed = ""
        # Agreed to because Nado's clients demand it; a sender is free not to compress (RFC 7692 section 6).
        if "permessage-deflate" in headers.get("sec-websocket-extensions", "") and self.on_open is None:
            agreed = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
        self.transport.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n{agreed}\r\n".encode()
        )
        self._is_socket = True
        if self.on_open is not None:
            self.on_open(self)

    def _one_frame(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, at = buffer[1] & 0x7F, 2
        if size == 126:
            size, at = int.from_bytes(buffer[2:4]), 4
        elif size == 127:
            size, at = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < at + 4 + size:
            return False
        mask = bytes(buffer[at : at + 4])
        payload = bytes(byte ^ mask[index & 3] for index, byte in enumerate(buffer[at + 4 : at + 4 + size]))
        opcode, compressed = buffer[0] & 0x0F, bool(buffer[0] & 0x40)
        del buffer[: at + 4 + size]
        if opcode == PING:
            self.transport.write(frame(payload, PONG))
        elif opcode == CLOSE:
            self.transport.close()
        elif opcode == TEXT:
            self._hear(self, json.loads(self._inflate.decompress(payload + DEFLATE_TAIL) if compressed else payload))
        return True


async def serve(make: Callable[[], Peer]) -> None:
    """Prints a free loopback port, and serves it until standard input ends: no server outlives its measurement."""
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(make, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    listening.close()
