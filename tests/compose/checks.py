"""What must hold for the containers as they run."""
import json
import os
import re
import socket

from pushing import request

# The balancer's: a port below 1024.
NET_BIND_SERVICE = 1 << 10


def check_containers(engine):
    """Nobody is root, and nobody could become it."""
    for container in engine.containers():
        state = engine.inspect(container)
        with open(f"/proc/{state['State']['Pid']}/status") as status:
            fields = dict(line.rstrip("\n").split(":\t", 1) for line in status)
        with open(f"/proc/{state['State']['Pid']}/mountinfo") as mounts:
            root = next(line.split()[5] for line in mounts if line.split()[4] == "/")
        if "0" in fields["Uid"].split() or "0" in fields["Gid"].split():
            raise SystemExit(f"{container} runs as {fields['Uid']} {fields['Gid']}")
        if "ro" not in root.split(",") or not state["HostConfig"]["ReadonlyRootfs"]:
            raise SystemExit(f"{container} can write to its root: {root}")
        if fields["NoNewPrivs"].strip() != "1" or int(fields["CapEff"], 16) & ~NET_BIND_SERVICE:
            raise SystemExit(f"{container} could gain rights: {fields['NoNewPrivs']} {fields['CapEff']}")
        print(f"    {container}: uid {fields['Uid'].split()[0]}, root {root.split(',')[0]}, capabilities {int(fields['CapEff'], 16):#x}", flush=True)


def check_logs(engine):
    """What collects the log of a silo or gateway finds a JSON object in each line, and in a gateway's the line of a push."""
    for container in [*engine.containers("silo"), *engine.containers("gateway")]:
        for line in engine.podman("logs", container).splitlines():
            try:
                json.loads(line)
            except ValueError:
                raise SystemExit(f"{container} logged what is not JSON: {line}") from None
    pushed = [line for one in engine.containers("gateway") for line in engine.podman("logs", one).splitlines() if "Active clients: " in line]
    if not pushed:
        raise SystemExit("no gateway logged a push")


def check_balancer(port):
    """The metrics are the gateways' own, by whatever spelling they are asked for."""
    for path in ("/metrics", "/metrics/", "/METRICS", "//metrics", "/metrics//", "/%6detrics/", "/metrics/.", "/metrics/%2e", "/metrics/?x"):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while more := connection.recv(65536):
                answer += more
        if not answer.startswith(b"HTTP/1.1 404 "):
            raise SystemExit(f"the balancer answers {path} with {answer[:200]}")


def check_dashboard(engine):
    """Every metric that the dashboard and the alerts name is one that a gateway has."""
    folder = os.path.join(os.path.dirname(os.path.abspath(engine.file)), "observability")
    text = ""
    for name in ("dashboards/webstream.json", "alerts.yml"):
        with open(os.path.join(folder, name)) as file:
            text += file.read()
    has = set()
    for gateway in engine.containers("gateway"):
        has |= set(re.findall(r"^(\w+)[{ ]", request(f"http://{engine.address(gateway)}:8000/metrics", None, {}), re.MULTILINE))
    lacking = set(re.findall(r"\b(?:webstream|orleans)_[a-z_]+", text)) - has
    if lacking:
        raise SystemExit(f"the dashboard shows what no gateway has: {lacking}; there are {sorted(has)}")
