#!/usr/bin/env python3
"""The compose file of one container, used as the original's users do: curl, and docker exec.

    single.py COMPOSE_FILE PORT
"""
import asyncio
import json
import os
import subprocess
import sys

from engine import Engine
from listeners import Listeners
from pushing import push_by_stdio, request

CONTAINER = "webstream-mcp-server"


async def use(port, engine):
    await asyncio.to_thread(engine.compose, "up", "-d", "--no-build")
    seconds = await asyncio.to_thread(engine.wait_healthy, [CONTAINER])
    listeners = Listeners(port, "main")
    await listeners.add(3)
    # Word for word what the original's guide says, but for the port.
    curl = subprocess.run(
        ["curl", "-s", "-X", "POST", f"http://localhost:{port}/api/push", "-H", "Content-Type: application/json", "-d", '{"message": "Hello from curl"}'],
        capture_output=True, text=True, check=True)
    answer = json.loads(curl.stdout)
    if (answer["status"], answer["message"], answer["clients"]) != ("success", "Hello from curl", 3):
        raise SystemExit(f"curl got {answer}")
    clients = await push_by_stdio(["podman", "exec", "-i", CONTAINER, "webstream-mcp"], None, "hello from an assistant")
    if clients != 3:
        raise SystemExit(f"the assistant reached {clients} clients instead of 3")
    await listeners.wait("for both messages", lambda one: one.sequence == 2)
    listeners.end_step()
    await listeners.leave(listeners.all)
    await outlives(port, engine, answer["id"])
    print(f"one container: healthy after {seconds:.1f} s, {engine.memory(CONTAINER):.0f} MB")


async def outlives(port, engine, first):
    """The history is on the volume: it outlives an end of the container, its death, and the container itself."""
    for end, begin in (
            (lambda: engine.podman("stop", "-t", "30", CONTAINER), lambda: engine.start(CONTAINER)),
            (lambda: engine.podman("kill", CONTAINER), lambda: engine.start(CONTAINER)),
            (lambda: engine.compose("down", "-t", "30"), lambda: engine.compose("up", "-d", "--no-build"))):
        await asyncio.to_thread(end)
        await asyncio.to_thread(begin)
        await asyncio.to_thread(engine.wait_healthy, [CONTAINER])
        page = json.loads(await asyncio.to_thread(request, f"http://localhost:{port}/api/streams/main/messages?after={first}", None, {}))
        texts = [message["message"] for message in page["messages"]]
        if (page["resume"]["status"], texts) != ("recovered", ["hello from an assistant"]):
            raise SystemExit(f"after a restart of the container a listener with {first} hears {page['resume']}, and {texts}")


def main():
    port = int(sys.argv[2])
    engine = Engine(f"{os.environ['WEBSTREAM_TEST_PROJECT']}-single", sys.argv[1], {"WEBSTREAM_PORT": str(port)})
    try:
        asyncio.run(use(port, engine))
    finally:
        engine.compose("down", "-t", "30", "-v")
        for network in engine.remains()["networks"]:
            engine.podman("network", "rm", network)


main()
