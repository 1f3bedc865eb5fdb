"""What bench/disk.sh measures on files and processes, beside the bench.

    files.py fsync FOLDER                   how long an fsync of 8 KiB takes there
    files.py start FOLDER ROUNDS COMMAND…   how long a gateway on FOLDER/history.db takes from its start until it is ready
    files.py watch FOLDER BYTES SECONDS     whether FOLDER/history.db and its log stay within so many bytes for so long
"""
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

MIB = 1 << 20


def fsync(folder: Path) -> None:
    took = []
    with open(folder / "sync", "wb", buffering=0) as file:
        for i in range(500):
            file.seek(i % 64 * 8192)
            file.write(bytes(8192))
            began = time.perf_counter()
            os.fsync(file)
            took.append((time.perf_counter() - began) * 1000)
    took.sort()
    print(f"fsync of 8 KiB: p50 {took[250]:.2f} ms, p99 {took[495]:.2f} ms")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def start(folder: Path, rounds: int, command: list[str]) -> None:
    database = folder / "history.db"
    size = database.stat().st_size / MIB if database.exists() else 0
    took, memory = [], 0.0
    environment = {**os.environ, "Webstream__Log__Store": "disk", "Webstream__Log__Path": str(database), "Logging__LogLevel__Default": "Warning"}
    for _ in range(rounds):
        port = free_port()
        began = time.perf_counter()
        process = subprocess.Popen([*command, "--host", "127.0.0.1", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL)
        try:
            while not answers(port):
                if process.poll() is not None or time.perf_counter() - began > 60:
                    sys.exit(f"The gateway did not start ({process.poll()}).")
                time.sleep(0.005)
            took.append(time.perf_counter() - began)
            memory = resident(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    print(f"start with {size:,.0f} MiB: {statistics.median(took):.2f} s (of {rounds}), {memory:.0f} MiB of memory then")


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (http.client.HTTPException, OSError):
        return False
    finally:
        connection.close()


def resident(pid: int) -> float:
    return next(int(line.split()[1]) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")) / 1024


def watch(folder: Path, most: int, seconds: float) -> None:
    began, sizes = time.monotonic(), []
    while time.monotonic() - began < seconds:
        sizes.append([length(folder / name) for name in ("history.db", "history.db-wal")])
        time.sleep(0.25)
    together = [sum(size) for size in sizes]
    quarter = len(together) // 4
    print(
        f"database and log in {seconds:.0f} s: at most {max(together) / MIB:.1f} MiB of {most / MIB:.0f} (log alone {max(s[1] for s in sizes) / MIB:.1f}); "
        f"at most by quarters {', '.join(f'{max(together[q * quarter:(q + 1) * quarter]) / MIB:.1f}' for q in range(4))}")
    if max(together) > most:
        sys.exit("They grew beyond the bound.")


def length(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def main() -> None:
    match sys.argv[1:]:
        case ["fsync", folder]:
            fsync(Path(folder))
        case ["start", folder, rounds, *command]:
            start(Path(folder), int(rounds), command)
        case ["watch", folder, most, seconds]:
            watch(Path(folder), int(most), float(seconds))
        case _:
            sys.exit(__doc__)


main()
