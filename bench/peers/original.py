"""The design of the original to compare the gateway with: one process, one asyncio queue for each client, and a write for
each message and client. It keeps no history. Usage: original.py PORT"""

import asyncio
import sys
from datetime import datetime, timezone

from aiohttp import web

KEEPALIVE_SECONDS = 30

clients: dict[str, set[asyncio.Queue[str]]] = {}


def now() -> str:
    return datetime.now(timezone.utc).isoformat()


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"})
    await response.prepare(request)
    queue: asyncio.Queue[str] = asyncio.Queue()
    listening = clients.setdefault(request.query.get("stream", "main"), set())
    listening.add(queue)
    try:
        await response.write(f"data: Connected at {now()}\n\n".encode())
        while True:
            try:
                # A wait with a limit is dear, so there is none while messages are there.
                message = queue.get_nowait() if not queue.empty() else await asyncio.wait_for(queue.get(), KEEPALIVE_SECONDS)
                await response.write(f"data: {message}\n\n".encode())
            except asyncio.TimeoutError:
                await response.write(b": keepalive\n\n")
    except ConnectionResetError:
        return response
    finally:
        listening.discard(queue)


async def push(request: web.Request) -> web.Response:
    body = await request.json()
    text = f"[{now()}] {body['message']}"
    listening = clients.get(body.get("stream", "main"), set())
    for queue in listening:
        await queue.put(text)
    return web.json_response({"status": "success", "message": body["message"], "clients": len(listening)})


def main() -> None:
    app = web.Application()
    app.router.add_get("/stream", stream)
    app.router.add_post("/api/push", push)
    # All connections of a run come at once.
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None, backlog=4096, shutdown_timeout=1)


if __name__ == "__main__":
    main()
