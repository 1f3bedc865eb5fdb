"""The container engine: podman and podman-compose, as Debian has them."""
import json
import os
import subprocess
import time


class Engine:
    def __init__(self, project, file, environment, overlays=()):
        self.project, self.file, self.overlays = project, file, overlays
        self.environment = {**os.environ, **environment}

    def run(self, *command, check=True):
        ran = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if check and ran.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {ran.returncode}:\n{ran.stdout[-2000:]}{ran.stderr[-4000:]}")
        return ran

    def podman(self, *command, check=True):
        return self.run("podman", *command, check=check).stdout.strip()

    def compose(self, *command, **environment):
        self.environment.update(environment)
        files = [word for file in (self.file, *self.overlays) for word in ("-f", file)]
        self.run("podman-compose", "-p", self.project, *files, *command)

    def start(self, *containers):
        self.podman("start", containers[0])
        self.keep_bridge_address()
        if containers[1:]:
            self.podman("start", *containers[1:])

    def keep_bridge_address(self):
        """
        Without a fixed one the network's bridge takes another hardware address with every container that joins it, and whoever has learned
        the former finds neither DNS nor anything else behind it for most of a minute. With the first container the bridge comes and goes.
        """
        for network in self.remains()["networks"]:
            bridge = json.loads(self.podman("network", "inspect", network))[0]["network_interface"]
            with open(f"/sys/class/net/{bridge}/address") as address:
                self.run("ip", "link", "set", bridge, "address", address.read().strip())

    def containers(self, service=None):
        which = ["--filter", f"label=com.docker.compose.service={service}"] if service else []
        return sorted(self.podman(
            "ps", "-a", "--filter", f"label=com.docker.compose.project={self.project}", *which, "--format", "{{.Names}}").split())

    def inspect(self, container):
        return json.loads(self.podman("container", "inspect", container))[0]

    def address(self, container):
        return next(iter(self.inspect(container)["NetworkSettings"]["Networks"].values()))["IPAddress"]

    def kill(self, container):
        """As the kernel does when memory runs out: the engine learns of it afterwards."""
        pid = self.inspect(container)["State"]["Pid"]
        os.kill(pid, 9)
        return pid

    def is_healthy(self, container):
        """The image's own check; podman itself only runs it where there is systemd."""
        return self.run("podman", "healthcheck", "run", container, check=False).returncode == 0

    def wait_healthy(self, containers, patience=120):
        began = time.monotonic()
        for container in containers:
            while not self.is_healthy(container):
                if time.monotonic() > began + patience:
                    raise SystemExit(f"{container} was not healthy in {patience} s:\n{self.podman('logs', '--tail', '30', container)}")
                time.sleep(0.2)
        return time.monotonic() - began

    def memory(self, container):
        """What the kernel charges the process with: its resident pages."""
        with open(f"/proc/{self.inspect(container)['State']['Pid']}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024

    def remains(self):
        mine = ["--filter", f"label=com.docker.compose.project={self.project}"]
        return {
            "containers": self.podman("ps", "-a", *mine, "--format", "{{.Names}}").split(),
            "volumes": self.podman("volume", "ls", *mine, "--format", "{{.Name}}").split(),
            "networks": self.podman("network", "ls", *mine, "--format", "{{.Name}}").split(),
        }
