"""Does what the pages under docs/mcp say, as written: runs their commands, and starts every server of their configurations.

A fence with the word "sh" is run; one with "json" is a configuration, and each of its servers is asked to push a message. Other words
("jsonc", "sh claude") are for what cannot be run here. Changed are only the home folder (/home/you, ~), the port 8000 and your-key.
"""

import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["quick-setup", "claude-desktop", "cursor", "claude-code-and-vs-code"]
FENCE = re.compile(r"^```([a-z ]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND_LIMIT = 900
CALL_LIMIT = 90

PUSH = {"jsonrpc": "2.0", "method": "tools/call", "id": 1, "params": {"name": "push_stream", "arguments": {"message": "from the docs"}}}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Reader:
    """Somebody with an empty home folder, who does as the pages say."""

    def __init__(self, home):
        self.home, self.port, self.key = home, free_port(), secrets.token_urlsafe()
        # Of this reader's only the home is new; what was restored before need not be fetched again.
        packages = os.environ.get("NUGET_PACKAGES", str(pathlib.Path.home() / ".nuget/packages"))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.upper().startswith("WEBSTREAM")},
            "HOME": home, "NUGET_PACKAGES": packages, "DOTNET_CLI_HOME": home, "WEBSTREAM_PORT": str(self.port), "DOTNET_NOLOGO": "1",
        }
        self.environment.pop("XDG_STATE_HOME", None)

    def here(self, text):
        return text.replace("/home/you", self.home).replace("8000", str(self.port)).replace("your-key", self.key)

    def run(self, commands):
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", self.here(commands)], cwd=ROOT, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False)
        check(done.returncode == 0, f"exit code {done.returncode} of\n{commands}\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self, server):
        """What an assistant does with an entry that names a command."""
        command = [self.here(word) for word in [server["command"], *server.get("args", [])]]
        environment = {**self.environment, **{name: self.here(value) for name, value in server.get("env", {}).items()}}
        done = subprocess.run(command, cwd=self.home, env=environment, input=json.dumps(PUSH) + "\n",
                              capture_output=True, text=True, timeout=CALL_LIMIT, check=False)
        check(done.returncode == 0, f"exit code {done.returncode} of {command}\n{done.stderr}")
        return json.loads(done.stdout)

    def call(self, server):
        """What it does with an entry that names an address."""
        request = urllib.request.Request(self.here(server["url"]), json.dumps(PUSH).encode(), {
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream", **server.get("headers", {})})
        with urllib.request.urlopen(request, timeout=CALL_LIMIT) as answer:
            text = answer.read().decode()
        data = [line[len("data:"):] for line in text.splitlines() if line.startswith("data:")]
        return json.loads(data[0] if data else text)

    def end(self):
        """Ends the gateways that were started: those with this reader's home."""
        mark = f"HOME={self.home}".encode()
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0") and b"webstream-gateway" in (folder / "cmdline").read_bytes():
                    os.kill(int(folder.name), signal.SIGTERM)
            except (OSError, ValueError):
                continue


def check(condition, text):
    if not condition:
        raise SystemExit(f"FAILED: {text}")


def check_output(commands, output):
    if "tools/list" in commands:
        answer = json.loads(output.strip().splitlines()[-1])
        names = {tool["name"] for tool in answer["result"]["tools"]}
        check("push_stream" in names and len(names) == 5, f"the tools are {names}")
    if "tools/call" in commands:
        check_pushed(json.loads(output))
    if "history=1" in commands:
        check("Hello from the quick setup" in output, f"the stream says\n{output}")


def check_pushed(answer):
    text = answer["result"]["content"][0]["text"]
    check(not answer["result"].get("isError") and "Pushed to the stream main" in text and "Active clients: 0" in text, text)


def main():
    home = tempfile.mkdtemp(prefix="webstream-docs-")
    reader = Reader(home)
    try:
        for page in PAGES:
            for word, text in FENCE.findall((ROOT / "docs/mcp" / f"{page}.md").read_text()):
                started = time.monotonic()
                if word == "sh":
                    check_output(text, reader.run(text))
                elif word == "json":
                    configuration = json.loads(text)
                    for server in (configuration.get("mcpServers") or configuration["servers"]).values():
                        check_pushed(reader.start(server) if "command" in server else reader.call(server))
                else:
                    continue
                print(f"{page}: {word}, {time.monotonic() - started:.1f} s: {text.strip().splitlines()[0][:100]}", flush=True)
    finally:
        reader.end()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
