"""Listeners as browsers are: they stay connected, and when they are cut they come back with the last id that they have."""
import asyncio
import json
import time


class Listener:
    def __init__(self, port, stream, seen):
        self.port, self.stream, self.seen = port, stream, seen
        self.last_id = None
        self.connected = asyncio.Event()
        self.wrong = []
        self.cuts = 0
        self.retry = 2.0
        self.heard_at = None
        self.silence = 0.0
        self.task = asyncio.create_task(self.run())

    @property
    def sequence(self):
        return int(self.last_id.rpartition("-")[2]) if self.last_id else -1

    async def run(self):
        while True:
            try:
                await self.listen_once()
            except (OSError, EOFError, ValueError):
                pass
            self.connected.clear()
            self.cuts += 1
            await asyncio.sleep(self.retry)

    async def listen_once(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            resume = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
            writer.write(f"GET /stream/{self.stream} HTTP/1.1\r\nHost: localhost:{self.port}\r\n{resume}\r\n".encode())
            status = await reader.readline()
            if b" 200 " not in status:
                # The balancer's own, when no gateway takes it: a browser that has been connected tries again.
                return
            while (await reader.readline()).strip():
                pass
            text = ""
            while size := int(await reader.readline(), 16):
                text += (await reader.readexactly(size + 2))[:-2].decode()
                *blocks, text = text.split("\n\n")
                for block in blocks:
                    self.take(block)
        finally:
            writer.close()

    def take(self, block):
        fields = {}
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            if name == "retry":
                self.retry = int(value) / 1000
            fields[name] = f"{fields[name]}\n{value}" if name in fields else value
        data = fields.get("data")
        if data is None:
            return
        if fields.get("event") == "resume":
            if json.loads(data)["status"] != "recovered":
                self.wrong.append(f"resume: {data}")
            return
        if data.startswith("Connected at "):
            if self.last_id is not None and fields["id"] != self.last_id:
                self.wrong.append(f"came back with {self.last_id} and was connected at {fields['id']}")
            self.last_id = fields["id"]
            self.connected.set()
            return
        before, self.last_id = self.last_id, fields["id"]
        epoch, _, sequence = before.partition("-")
        # The first message of a stream begins its epoch.
        if self.last_id != f"{epoch}-{int(sequence) + 1}" and before != "0-0":
            self.wrong.append(f"{self.last_id} came after {before}")
        if self.seen.setdefault(self.last_id, data) != data:
            self.wrong.append(f"{self.last_id} has another text")
        now = time.monotonic()
        if self.heard_at:
            self.silence = max(self.silence, now - self.heard_at)
        self.heard_at = now


class Listeners:
    """Many of them on one stream, and what they have seen together."""

    def __init__(self, port, stream):
        self.port, self.stream = port, stream
        self.seen = {}
        self.all = []

    async def add(self, count):
        new = [Listener(self.port, self.stream, self.seen) for _ in range(count)]
        self.all += new
        await self.wait("to be connected", lambda one: one.connected.is_set(), new)
        return new

    async def leave(self, some):
        for one in some:
            one.task.cancel()
        await asyncio.gather(*(one.task for one in some), return_exceptions=True)
        self.all = [one for one in self.all if one not in some]

    async def reach(self, event_id):
        sequence = int(event_id.rpartition("-")[2])
        await self.wait(f"for {event_id}", lambda one: one.sequence >= sequence and one.connected.is_set())

    async def wait(self, what, condition, some=None, patience=90):
        end = time.monotonic() + patience
        while late := [one for one in some or self.all if not condition(one)]:
            if time.monotonic() > end:
                raise SystemExit(f"{len(late)} listeners waited {patience} s {what}; one is at {late[0].last_id}")
            await asyncio.sleep(0.05)

    def begin_step(self):
        for one in self.all:
            one.silence, one.heard_at, one.cuts = 0.0, time.monotonic(), 0

    def end_step(self):
        wrong = [text for one in self.all for text in one.wrong]
        if wrong:
            raise SystemExit(f"{len(wrong)} times a listener got something else than the next message: {wrong[:5]}")
        return max(one.silence for one in self.all), sum(one.cuts > 0 for one in self.all)
