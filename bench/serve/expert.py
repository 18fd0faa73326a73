"""What the peers of an expert have in common: requests that wait are predicted
in one call and committed in one transaction, and each is answered when the
commit is over.
"""

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor


class Together:
    """Answers requests together. predict takes the inputs that wait, and gives an
    answer in bytes for each. With synchronous=FULL a thread of its own writes, so
    that the loop goes on while the disk syncs.
    """

    def __init__(self, database, synchronous, predict):
        self.predict = predict
        self.waiting = []
        self.busy = False
        self.writer = ThreadPoolExecutor(1) if synchronous == "full" else None
        self.connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode = wal", "synchronous = " + synchronous, "busy_timeout = 10000"):
            self.connection.execute("pragma " + pragma)
        self.connection.execute("create table if not exists request (id integer primary key, at real, request blob, response blob)")

    async def answer(self, decoded, body):
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self.waiting.append((decoded, body, future))
        if not self.busy:
            self.busy = True
            loop.call_soon(self.flush, loop)
        return await future

    async def keep(self, body, answer):
        """Records a request that is answered by itself."""
        rows = [(time.time(), body, answer)]
        if self.writer is None:
            self.record(rows)
        else:
            await asyncio.get_running_loop().run_in_executor(self.writer, self.record, rows)

    def flush(self, loop):
        taken, self.waiting = self.waiting, []
        try:
            answers = self.predict([decoded for decoded, _, _ in taken])
            now = time.time()
            rows = [(now, body, answer) for (_, body, _), answer in zip(taken, answers)]
        except Exception as problem:
            return self.done(loop, taken, None, problem)
        if self.writer is None:
            self.record(rows)
            return self.done(loop, taken, answers, None)
        written = loop.run_in_executor(self.writer, self.record, rows)
        written.add_done_callback(lambda w: self.done(loop, taken, answers, w.exception()))

    def record(self, rows):
        self.connection.execute("begin")
        self.connection.executemany("insert into request (at, request, response) values (?, ?, ?)", rows)
        self.connection.execute("commit")

    def done(self, loop, taken, answers, problem):
        for i, (_, _, future) in enumerate(taken):
            if problem is not None:
                future.set_exception(problem)
            else:
                future.set_result(answers[i])
        self.busy = bool(self.waiting)
        if self.busy:
            loop.call_soon(self.flush, loop)
