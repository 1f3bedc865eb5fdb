"""What must hold for the containers as they run."""
import os
import re

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
