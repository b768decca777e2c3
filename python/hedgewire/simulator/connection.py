"""One WebSocket connection of a local venue: what leaves it and what it hears, through the faults of connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from hedgewire.simulator.venue import VenueApp, VenueState

MAX_FRAME_BYTES = 1 << 20
MAX_SHORT_FRAME = 125

Frame = str | bytes
"""What leaves a connection: text, or bytes."""


class Connection:
    """One socket with a bounded outgoing queue; a reader too slow for it is disconnected."""

    bytes_are = WSMsgType.TEXT
    """How ``bytes`` leave: as text that need not be UTF-8, whatever it claims, unless a venue has binary frames."""

    most_queued = 8192
    """Frames that a reader may be behind."""

    def __init__(self, socket: web.WebSocketResponse, kind: str, transport: asyncio.Transport | None) -> None:
        self.socket = socket
        self.transport = transport
        self.kind = kind
        self.outgoing: asyncio.Queue[Frame] = asyncio.Queue(self.most_queued)
        self.tasks: set[asyncio.Task[None]] = set()

    def send(self, frame: Frame) -> None:
        try:
            self.outgoing.put_nowait(frame)
        except asyncio.QueueFull:
            self.abort()

    def send_json(self, message: Mapping[str, object]) -> None:
        self.send(json.dumps(message, separators=(",", ":")))

    def ponged(self) -> None:
        """The other side answered a ping of the venue's."""

    def abort(self) -> None:
        """Break the connection without a closing handshake, as a lost network does."""
        if self.transport is not None:
            self.transport.abort()

    def close_soon(self, code: int) -> None:
        """Close with a closing handshake and a code, as a server that restarts does."""
        task = asyncio.create_task(self._close(code))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _close(self, code: int) -> None:
        await self.socket.close(code=code)

    def cut(self, frame: Frame) -> None:
        """Half of a frame, then nothing: the connection breaks."""
        if self.transport is not None and not self.transport.is_closing():
            data = (frame.encode() if isinstance(frame, str) else frame)[:MAX_SHORT_FRAME]
            self.transport.write(bytes([0x81, len(data)]) + data[: len(data) // 2])
        self.abort()

    async def pump(self, state: VenueState) -> None:
        """Send what is queued until the connection ends, through the faults of the connection."""
        while True:
            frame = await self.outgoing.get()
            if state.faults.armed:
                await state.stalled()
                if is_dead(state, self.kind, "out"):
                    continue
                if state.faults.take("cut_frame", socket=self.kind):
                    self.cut(frame)
                    return
                slow = state.faults.peek("slow_socket", socket=self.kind)
                if slow is not None:
                    await state.clock.wait_ms(len(frame) * 1000 // slow.number("bytes_per_s", 8192))
            try:
                if isinstance(frame, bytes):
                    await self.socket.send_frame(frame, self.bytes_are)
                else:
                    await self.socket.send_str(frame)
            except ConnectionError:
                return


def is_dead(state: VenueState, socket: str, direction: str) -> bool:
    """Whether sockets of that kind lose what goes ``in`` or ``out``."""
    return state.faults.peek("half_open", socket=socket, direction=(direction, "both")) is not None


async def open_connection[C: Connection](app: VenueApp, request: web.Request, kind: str, as_a: type[C]) -> C:
    """Accept an upgrade and begin to send; ``close_connection`` has to follow."""
    compress = app.state.faults.take("deflate_refused") is None
    socket = web.WebSocketResponse(compress=compress, max_msg_size=MAX_FRAME_BYTES, autoping=False)
    await socket.prepare(request)
    connection = as_a(socket, kind, request.transport)
    app.connections[connection] = None
    connection.tasks.add(asyncio.create_task(connection.pump(app.state)))
    return connection


async def close_connection(app: VenueApp, connection: Connection) -> None:
    app.connections.pop(connection, None)
    for task in connection.tasks:
        task.cancel()
    await asyncio.gather(*connection.tasks, return_exceptions=True)


async def requests(app: VenueApp, connection: Connection) -> AsyncIterator[Frame]:
    """Text and binary frames as they come; pings are answered, and a half-open socket hears nothing."""
    async for message in connection.socket:
        if is_dead(app.state, connection.kind, "in"):
            continue
        await app.state.stalled()
        if message.type is WSMsgType.PING:
            if not app.state.faults.peek("pong_lost", socket=connection.kind):
                await connection.socket.pong(message.data)
        elif message.type is WSMsgType.PONG:
            connection.ponged()
        elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            yield message.data
