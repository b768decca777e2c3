"""A stderr that can always be written. Rust ends the process when a line to stderr fails, be it for a full disk or a
reader that is gone; a process with open positions must not end for a line of text.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import threading
from collections.abc import Iterator

STDERR = 2
CHUNK_BYTES = 65_536
LAST_WORDS_S = 1.0


@contextlib.contextmanager
def unbreakable_stderr() -> Iterator[None]:
    """Within the block stderr is a pipe of this process; a thread hands on what it can. What a crash leaves unread is
    lost, so the stacks of a crash are written past it."""
    kept = os.dup(STDERR)
    inner, outer = os.pipe()
    os.dup2(outer, STDERR)
    os.close(outer)
    faulthandler.enable(kept)

    def hand_on() -> None:
        while text := os.read(inner, CHUNK_BYTES):
            with contextlib.suppress(OSError):
                os.write(kept, text)

    reader = threading.Thread(target=hand_on, name="stderr", daemon=True)
    reader.start()
    try:
        yield
    finally:
        os.dup2(kept, STDERR)  # the pipe's last writer: the thread comes to its end
        reader.join(LAST_WORDS_S)
