#!/usr/bin/env python3
"""The cluster with compose.secure.yaml: it passes messages, renews its certificates, and nobody without a key gets in.

    secure.py FOLDER_OF_THE_COMPOSE_FILES PORT
"""
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time

from engine import Engine
from listeners import Listeners
from pushing import push

STREAM = "secure"


def wait_for(what, condition, patience=60):
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"waited {patience} s for {what}")
        time.sleep(0.2)


def said(engine, container, text):
    logs = engine.run("podman", "logs", container)
    return text in logs.stdout + logs.stderr


def make_keys(folder, keys):
    subprocess.run([os.path.join(folder, "keys.sh")], env={**os.environ, "WEBSTREAM_KEYS": keys}, check=True)


def check_keys(keys):
    """Each key is its container's alone, and no container gets those of the authorities."""
    owners = {"silo": 1654, "gateway": 1654, "redis": 999, "authority": os.getuid()}
    for service, owner in owners.items():
        for path, _, files in os.walk(os.path.join(keys, service)):
            for one in [path, *(os.path.join(path, name) for name in files)]:
                status = os.stat(one)
                if status.st_uid != owner or status.st_mode & 0o077:
                    raise SystemExit(f"{one} belongs to {status.st_uid} and has the mode {status.st_mode:o}")


def check_rogues(engine):
    """In the same network, with everything but a key: a gateway, a silo, a client of Redis."""
    network = engine.remains()["networks"][0]
    silo = engine.containers("silo")[0]
    address = engine.address(silo)
    rogues = {
        "gateway": [f"Webstream__Cluster__Silos={address}:30000", "Webstream__Cluster__Insecure=true"],
        "gateway-secret": [f"Webstream__Cluster__Silos={address}:30000", f"Webstream__Cluster__Secret={'0123456789abcdef' * 3}"],
    }
    for name, settings in rogues.items():
        container = f"{engine.project}_rogue_{name}"
        environment = [word for setting in settings for word in ("-e", setting)]
        engine.podman("run", "-d", "--name", container, "--network", network, *environment, os.environ["WEBSTREAM_GATEWAY_IMAGE"])
        try:
            wait_for(f"{name} to be refused", lambda: said(engine, container, "Cannot use the silo at"))
            wait_for(f"the silo to refuse {name}", lambda: said(engine, silo, "Refused a connection from"))
            if engine.is_healthy(container):
                raise SystemExit(f"the rogue {name} is healthy")
        finally:
            engine.podman("rm", "-f", "-t", "0", container)
    open_gateway = engine.run(
        "podman", "run", "--rm", "--network", network, "-e", f"Webstream__Cluster__Silos={address}:30000", os.environ["WEBSTREAM_GATEWAY_IMAGE"], check=False)
    if open_gateway.returncode != 1 or "without TLS and without a secret" not in open_gateway.stderr:
        raise SystemExit(f"a gateway without keys started: {open_gateway.stdout}{open_gateway.stderr}")
    (redis,) = engine.containers("redis")
    for options in ([], ["--tls", "--cacert", "/run/keys/redis.pem"]):
        if "PONG" in engine.podman("exec", redis, "redis-cli", *options, "ping", check=False):
            raise SystemExit(f"Redis answers redis-cli {options}")


def check_no_secret_said(engine, keys):
    secrets = []
    for service in ("silo", "gateway", "redis"):
        for name in os.listdir(os.path.join(keys, service)):
            if name.endswith("password") or name == "key.pem":
                with open(os.path.join(keys, service, name)) as file:
                    secrets.append(file.read().split("\n")[1 if name == "key.pem" else 0])
    for container in engine.containers():
        logs = engine.run("podman", "logs", container)
        told = logs.stdout + logs.stderr + engine.podman("container", "inspect", container)
        if any(secret in told for secret in secrets):
            raise SystemExit(f"{container} shows a secret in its log or its settings")


async def use(folder, port, engine, keys):
    do = asyncio.to_thread
    await do(engine.compose, "up", "-d", "--no-build", "redis")
    engine.keep_bridge_address()
    await do(engine.compose, "up", "-d", "--no-build")
    await do(engine.wait_healthy, engine.containers())
    await push(port, STREAM, "before anybody listens")
    listeners = Listeners(port, STREAM)
    await listeners.add(30)
    answer = await push(port, STREAM, "with certificates")
    await listeners.reach(answer["id"])
    await do(check_rogues, engine)
    make_keys(folder, keys)
    # New connections between them use the new certificates; so does Redis, once it is restarted.
    await do(engine.podman, "restart", "-t", "30", *engine.containers("redis"))
    await do(engine.podman, "restart", "-t", "30", engine.containers("gateway")[0])
    await do(engine.wait_healthy, engine.containers())
    silos = engine.containers("silo")
    await do(wait_for, "a silo to read its new certificate", lambda: any(said(engine, silo, "Read the changed certificate") for silo in silos))
    answer = await push(port, STREAM, "with new certificates")
    await listeners.reach(answer["id"])
    listeners.end_step()
    await listeners.leave(listeners.all)
    await do(check_no_secret_said, engine, keys)
    print("with certificates: messages went through, rogues did not", flush=True)


def main():
    folder, port = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    keys = tempfile.mkdtemp(prefix="webstream-keys-")
    make_keys(folder, keys)
    check_keys(keys)
    engine = Engine(
        f"{os.environ['WEBSTREAM_TEST_PROJECT']}-secure", os.path.join(folder, "compose.yaml"),
        {"WEBSTREAM_PORT": str(port), "WEBSTREAM_KEYS": keys}, [os.path.join(folder, "compose.secure.yaml")])
    try:
        asyncio.run(use(folder, port, engine, keys))
    finally:
        engine.compose("down", "-t", "30", "-v")
        for network in engine.remains()["networks"]:
            engine.podman("network", "rm", network)
        shutil.rmtree(keys)


main()
