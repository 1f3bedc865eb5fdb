#!/usr/bin/env python3
"""Brings the compose file up and lives through what happens to a deployment, with 300 listeners that must not miss anything.

    scenario.py COMPOSE_FILE PORT        images and settings come from the environment, as .env would set them
"""
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time

from checks import check_balancer, check_containers, check_dashboard, check_logs
from engine import Engine
from listeners import Listeners
from pushing import push, push_by_mcp, push_by_stdio, request

STREAM = "main"
LISTENERS = 300

# The balancer and all that it depends on: this podman-compose knows no profiles, and would start what is only for looking.
UP = ["up", "-d", "--no-build", "balancer"]


class Scenario:
    def __init__(self, file, port):
        self.port = port
        self.engine = Engine(os.environ["WEBSTREAM_TEST_PROJECT"], file, {"WEBSTREAM_PORT": str(port)})
        self.listeners = Listeners(port, STREAM)
        self.acknowledged = {}
        self.figures = []
        self.ticking = None

    async def do(self, method, *arguments, **named):
        """The engine's commands take seconds, in which the listeners must go on reading."""
        return await asyncio.to_thread(method, *arguments, **named)

    async def push(self, message):
        answer = await push(self.port, STREAM, message)
        self.acknowledged[answer["id"]] = message
        return answer

    async def tick(self):
        """A message five times a second: between two of them nobody can say how long a silence was."""
        number = 0
        while True:
            number += 1
            await self.push(f"tick {number}")
            await asyncio.sleep(0.2)

    async def counted(self, clients, gateways=None, patience=60):
        """What pushers are told, once the counts have settled after whatever happened; a gateway that was away has nobody at first."""
        end = time.monotonic() + patience
        while True:
            answer = await self.push("how many")
            if answer["clients"] == clients and answer["gateways"] == (gateways or answer["gateways"]) and answer.get("settled", True):
                return
            if time.monotonic() > end:
                raise SystemExit(f"{clients} clients on {gateways or 'some'} gateways never came: {answer}")
            await asyncio.sleep(0.5)

    async def step(self, name, change):
        """Something happens while messages go through; afterwards everybody has everything, and is counted."""
        print(f"... {name}", flush=True)
        began = time.monotonic()
        self.listeners.begin_step()
        self.ticking = asyncio.create_task(self.tick())
        try:
            await asyncio.sleep(1)
            await change()
            await self.counted(LISTENERS)
        finally:
            ticking, self.ticking = self.ticking, None
            if ticking.done():
                await ticking
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
        await self.everybody_has_everything()
        silence, cut = self.listeners.end_step()
        self.figures.append(f"{name}: {time.monotonic() - began:.0f} s, longest silence {silence:.1f} s, {cut} listeners cut")
        print(f"    {self.figures[-1]}", flush=True)

    async def everybody_has_everything(self):
        last = await self.push("the last one")
        await self.listeners.reach(last["id"])
        self.listeners.end_step()
        missed = [f"{id} {text}" for id, text in self.acknowledged.items() if not self.listeners.seen.get(id, "").endswith(text)]
        if missed:
            raise SystemExit(f"{len(missed)} acknowledged messages reached nobody: {missed[:5]}")

    async def up(self):
        began = time.monotonic()
        await self.do(self.engine.compose, "up", "-d", "--no-build", "redis")
        self.engine.keep_bridge_address()
        await self.do(self.engine.compose, *UP)
        created = time.monotonic()
        await self.do(self.engine.wait_healthy, self.engine.containers())
        self.figures.append(f"up: {created - began:.0f} s until every container is created, {time.monotonic() - created:.0f} s more until all are healthy")
        print(f"    {self.figures[-1]}", flush=True)

    async def listen(self):
        # The stream has a history then, and those who come now begin after it.
        await push(self.port, STREAM, "before anybody listens")
        await self.listeners.add(LISTENERS)
        await self.counted(LISTENERS, 3)

    async def come_and_go(self):
        """Who goes away is not counted any more, without an event that would show it."""
        some = await self.listeners.add(20)
        await self.counted(LISTENERS + 20, 3)
        await self.listeners.leave(some)
        await self.do(self.wait_for, "those who went to leave the count", lambda: self.stream()["clients"] == LISTENERS, patience=15)

    async def push_in_every_way(self):
        gateways = self.engine.containers("gateway")
        ways = {
            "POST /api/push": lambda text: push(self.port, STREAM, text),
            "/mcp through the balancer": lambda text: push_by_mcp(self.port, None, text),
            **{f"webstream-mcp in {one}": lambda text, one=one: push_by_stdio(["podman", "exec", "-i", one, "webstream-mcp"], None, text) for one in gateways},
            "webstream-mcp in a container of its own": lambda text: push_by_stdio(
                ["podman", "run", "-i", "--rm", "--network", "host", "-e", f"WEBSTREAM_URL=http://localhost:{self.port}",
                 os.environ["WEBSTREAM_GATEWAY_IMAGE"], "webstream-mcp"], None, text),
        }
        for name, way in ways.items():
            answer = await way(f"by {name}")
            clients = answer["clients"] if isinstance(answer, dict) else answer
            if clients != LISTENERS:
                raise SystemExit(f"{name}: {clients} clients instead of {LISTENERS}")
            await self.everybody_has_everything()
            if not any(text.endswith(f"by {name}") for text in self.listeners.seen.values()):
                raise SystemExit(f"{name}: nobody got it")
            print(f"    {name}: {clients} clients", flush=True)

    async def kill(self, service):
        victim = self.engine.containers(service)[0]
        pid = await self.do(self.engine.kill, victim)
        end = time.monotonic() + 60
        while (await self.do(self.engine.inspect, victim))["State"]["Pid"] in (pid, 0):
            if time.monotonic() > end:
                raise SystemExit(f"{victim} was not started again after its death")
            await asyncio.sleep(0.2)
        await self.do(self.engine.wait_healthy, [victim])

    async def scale(self, gateways):
        await self.do(self.engine.compose, *UP, WEBSTREAM_GATEWAYS=str(gateways))
        await self.do(self.engine.wait_healthy, self.engine.containers("gateway"))
        # Who comes now is spread over all of them; who is there stays where he is.
        more = await self.listeners.add(40)
        await self.counted(LISTENERS + 40, gateways)
        await self.listeners.leave(more)

    async def restart_one_by_one(self, service):
        for container in self.engine.containers(service):
            await self.do(self.engine.podman, "restart", "-t", "30", container)
            await self.do(self.engine.wait_healthy, [container])

    async def drain(self):
        """A gateway that is asked to end closes its door first: who comes while its listeners still leave is not sent to it."""
        gateway = self.engine.containers("gateway")[1]
        address = self.engine.address(gateway)
        stopping = asyncio.create_task(self.do(self.engine.podman, "stop", "-t", "30", gateway))
        while not stopping.done() and await is_open(address):
            await asyncio.sleep(0.01)
        arrived = []
        while not stopping.done():
            arrived += await self.listeners.add(1)
        await stopping
        print(f"    {len(arrived)} listeners came while {gateway} ended", flush=True)
        if any(one.cuts for one in arrived):
            raise SystemExit("a gateway that drains took new listeners, and cut them")
        await self.listeners.leave(arrived)
        await self.do(self.engine.podman, "start", gateway)
        await self.do(self.engine.wait_healthy, [gateway])

    async def upgrade(self, service):
        """With the script that people use: each container is made anew."""
        before = {self.engine.inspect(one)["Id"] for one in self.engine.containers(service)}
        script = os.path.join(os.path.dirname(os.path.abspath(self.engine.file)), "roll.sh")
        self.engine.environment.update(ENGINE="podman", COMPOSE="podman-compose", COMPOSE_PROJECT_NAME=self.engine.project)
        await self.do(self.engine.run, script, service)
        after = {self.engine.inspect(one)["Id"] for one in self.engine.containers(service)}
        if before & after or len(before) != len(after):
            raise SystemExit(f"roll.sh left {len(before & after)} of {len(before)} containers as they were, and there are {len(after)}")

    async def all_but_redis_first(self):
        """Everything ends, and Redis comes back last: nobody may depend on the order."""
        containers = self.engine.containers()
        redis = self.engine.containers("redis")
        others = [one for one in containers if one not in redis]
        await self.do(self.engine.podman, "stop", "-t", "30", *others)
        await self.do(self.engine.podman, "stop", "-t", "30", *redis)
        await self.do(self.engine.start, *others)
        end = time.monotonic() + 60
        for one in [*self.engine.containers("silo"), *self.engine.containers("gateway")]:
            began = self.engine.inspect(one)["State"]["StartedAt"]
            while "Waiting for Redis" not in (await self.do(self.engine.run, "podman", "logs", "--since", began, one)).stdout:
                if time.monotonic() > end:
                    raise SystemExit(f"{one} did not say that it waits for Redis")
                await asyncio.sleep(0.5)
        await self.do(self.engine.podman, "start", *redis)
        await self.do(self.engine.wait_healthy, containers)

    def back_up_and_restore(self):
        """As docs/deployment.md says. What was pushed after the backup is not in it."""
        (redis,) = self.engine.containers("redis")
        before = self.stream()["head"]
        self.engine.podman("exec", redis, "redis-cli", "config", "set", "auto-aof-rewrite-percentage", "0")
        self.wait_for("the end of a rewrite", lambda: "aof_rewrite_in_progress:0" in self.engine.podman("exec", redis, "redis-cli", "info", "persistence"))
        with tempfile.TemporaryFile() as backup:
            subprocess.run(
                ["podman", "exec", redis, "tar", "-C", "/data", "-cf", "-", "appendonlydir"], env=self.engine.environment, stdout=backup, check=True)
            asyncio.run(push(self.port, STREAM, "after the backup"))
            if self.stream()["head"] == before:
                raise SystemExit("the push after the backup is not there")
            containers = self.engine.containers()
            self.engine.podman("stop", "-t", "30", *(one for one in containers if one != redis))
            self.engine.podman("stop", "-t", "30", redis)
            backup.seek(0)
            subprocess.run(["podman", "cp", "-", f"{redis}:/data"], env=self.engine.environment, stdin=backup, check=True)
        self.engine.start(redis)
        self.engine.wait_healthy([redis])
        # The silos that were there at the backup: new ones would try to reach them first, for a minute and a half.
        if self.engine.podman("exec", redis, "redis-cli", "del", "webstream/members/webstream") != "1":
            raise SystemExit("the list of silos has another name than docs/deployment.md says")
        self.engine.podman("start", *(one for one in containers if one != redis))
        self.engine.wait_healthy(containers)
        after = self.stream()["head"]
        if after != before:
            raise SystemExit(f"restored was {after}, not {before}")
        print("    backed up and restored", flush=True)

    def stream(self):
        return json.loads(request(f"http://localhost:{self.port}/api/streams/{STREAM}", None, {}))

    @staticmethod
    def wait_for(what, condition, patience=60):
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(f"waited {patience} s for {what}")
            time.sleep(0.2)

    def measure_memory(self):
        for container in self.engine.containers():
            self.figures.append(f"memory of {container}: {self.engine.memory(container):.0f} MB")

    def down(self):
        self.engine.compose("down", "-t", "30", "-v")
        # This podman-compose leaves its network; docker compose does not.
        for network in self.engine.remains()["networks"]:
            self.engine.podman("network", "rm", network)
        if any(self.engine.remains().values()):
            raise SystemExit(f"compose down left {self.engine.remains()}")

    async def run(self):
        await self.up()
        await self.listen()
        await self.come_and_go()
        await self.do(check_containers, self.engine)
        await self.push_in_every_way()
        await self.do(check_logs, self.engine)
        await self.do(check_balancer, self.port)
        self.measure_memory()
        await self.step("a gateway is killed", lambda: self.kill("gateway"))
        await self.step("a silo is killed", lambda: self.kill("silo"))
        await self.step("scaled to 4 gateways", lambda: self.scale(4))
        await self.do(check_dashboard, self.engine)
        await self.step("a gateway is stopped and started", self.drain)
        await self.step("gateways made anew one by one", lambda: self.upgrade("gateway"))
        await self.step("silos restarted one by one", lambda: self.restart_one_by_one("silo"))
        await self.step("everything stopped, Redis back last", self.all_but_redis_first)
        await self.listeners.leave(self.listeners.all)
        await self.do(self.back_up_and_restore)


async def is_open(address):
    try:
        _, writer = await asyncio.open_connection(address, 8000)
    except OSError:
        return False
    writer.close()
    return True


async def main():
    scenario = Scenario(sys.argv[1], int(sys.argv[2]))
    try:
        await scenario.run()
    finally:
        if scenario.ticking:
            scenario.ticking.cancel()
        if not os.environ.get("WEBSTREAM_TEST_KEEP"):
            await scenario.do(scenario.down)
    print("\n".join(["", "Figures", *(f"  {one}" for one in scenario.figures)]))


asyncio.run(main())
