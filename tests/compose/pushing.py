"""The ways in which messages get in: HTTP, MCP over HTTP, and the MCP server of an image on standard input and output."""
import asyncio
import json
import re
import urllib.error
import urllib.request
import uuid

INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "compose-test", "version": "1"}},
}


def call(message, stream):
    arguments = {"message": message, "stream": stream} if stream else {"message": message, "port": "8000"}
    return {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "push_stream", "arguments": arguments}}


def request(url, body, headers):
    asked = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(asked, timeout=15) as answer:
        return answer.read().decode()


async def push(port, stream, message):
    """By HTTP, again and again with the same key until it is known to be in."""
    key = uuid.uuid4().hex
    body = json.dumps({"message": message, "stream": stream}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    for _ in range(120):
        try:
            return json.loads(await asyncio.to_thread(request, f"http://localhost:{port}/api/push", body, headers))
        except urllib.error.HTTPError as refused:
            if refused.code < 500:
                raise SystemExit(f"a push was refused: {refused.code} {refused.read().decode()}") from refused
        except OSError:
            pass
        await asyncio.sleep(0.25)
    raise SystemExit("a push was not taken in 120 tries")


async def push_by_mcp(port, stream, message):
    """One request to /mcp: any gateway answers any."""
    body = json.dumps(call(message, stream)).encode()
    headers = {
        "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18",
    }
    answer = await asyncio.to_thread(request, f"http://localhost:{port}/mcp", body, headers)
    return clients_in(answer if answer.startswith("{") else next(line[6:] for line in answer.splitlines() if line.startswith("data: ")))


async def push_by_stdio(command, stream, message):
    """A process that speaks MCP on its standard input and output, ended as an assistant ends it: by closing its input."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(90):
        for line in (INITIALIZE, {"jsonrpc": "2.0", "method": "notifications/initialized"}, call(message, stream)):
            process.stdin.write(json.dumps(line).encode() + b"\n")
        answer = b""
        while b'"id":2' not in answer:
            answer = await process.stdout.readline()
            if not answer:
                raise SystemExit(f"{command} ended without an answer: {(await process.stderr.read()).decode()[-2000:]}")
        process.stdin.close()
        await process.stdout.read()
        await process.wait()
    return clients_in(answer.decode())


def clients_in(answer):
    result = json.loads(answer)["result"]
    text = "\n".join(part.get("text", "") for part in result["content"])
    found = re.search(r"Active clients: (\d+)", text)
    if result.get("isError") or not found:
        raise SystemExit(f"the tool answered: {text}")
    return int(found.group(1))
