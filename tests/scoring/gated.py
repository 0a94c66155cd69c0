"""A real session that waits to be let through, and counts."""

import asyncio
import threading

from searchrerank.scoring.onnx_runtime import OnnxSession

__all__ = ["GatedSession", "eventually"]


class GatedSession:
    """The real session, held up while its gate is shut. `calls` holds the ids of each call, shape [B, S], in their order.

    failing: raised by each call that is let through, instead of running.
    """

    def __init__(self, path, *, is_open):
        self._session = OnnxSession(path)
        self._turn = threading.Condition()
        self._permits = 0
        self._open = is_open
        self.calls = []
        self.begun = self.ended = 0
        self.failing = None

    masks = True

    def run(self, ids, type_ids, mask=None):
        with self._turn:
            self.calls.append(ids)
            self.begun += len(ids)
            assert self._turn.wait_for(lambda: self._open or self._permits, 30)
            self._permits -= not self._open
        try:
            if self.failing is not None:
                raise self.failing
            return self._session.run(ids, type_ids, mask)
        finally:
            with self._turn:
                self.ended += len(ids)

    def open(self):
        with self._turn:
            self._open = True
            self._turn.notify_all()

    def let_through(self, calls=1):
        """Let so many calls through, and no more."""
        with self._turn:
            self._permits += calls
            self._turn.notify_all()

    async def step(self):
        """Let one call through, and wait until it has ended."""
        before = self.ended
        self.let_through()
        await eventually(lambda: self.ended > before)

    async def has_begun(self, pairs):
        await eventually(lambda: self.begun >= pairs)

    async def is_idle(self):
        await eventually(lambda: self.begun == self.ended)


async def eventually(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in threads
            await asyncio.sleep(0.001)
