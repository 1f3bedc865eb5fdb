"""Makes tables of the bench's reports.

    tables.py line FILE                   one report in a line
    tables.py abuse FILE                  each of the attacks' reports in a line
    tables.py compare FOLDER              reports CASE.SERVER.ROUND.json, what was run in CASE.work
    tables.py growth FOLDER               reports WHAT.SIZE.ROUND.json
    tables.py disk FOLDER                 reports WHAT.STORE.ROUND.json
      --write FILE                        puts the table between the markers of that page
      --nchan VERSION                     what to say of nchan
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

SERVERS = ["webstream", "nchan", "plain", "original"]
PEER = "nchan"

LATENCY = [("p50", "latency p50"), ("p90", "latency p90"), ("p99", "latency p99"), ("p99.9", "latency p99.9"), ("longest", "latency max")]
FANOUT = [
    ("deliveries/s", "delivery rate"),
    ("server CPU, µs a delivery", "server CPU"),
    *[(f"latency {name}, ms", key) for name, key in LATENCY],
    ("acknowledge p99, ms", "acknowledge p99"),
    ("KiB a connection, connected", "per connection when connected"),
    ("KiB a connection, in the end", "per connection at the end"),
    ("lost", "lost"),
    ("doubled", "doubled"),
    ("out of order", "out of order"),
]
TAKEN = [
    ("messages/s", "acknowledge rate"),
    ("CPU, µs a message", "server CPU"),
    ("acknowledge p50, ms", "acknowledge p50"),
    ("acknowledge p99, ms", "acknowledge p99"),
]
CASES = {
    "overload": FANOUT,
    "overload-2x": FANOUT,
    "paced": FANOUT,
    "connect": [
        ("connected", "listeners connected"),
        ("until all were connected, s", "until all were connected"),
        ("each p50, ms", "each p50"),
        ("each p99, ms", "each p99"),
        ("server CPU, µs a listener", "server CPU"),
    ],
    "publish": TAKEN,
}
# Not worth a line when there is none of it.
UNUSUAL = {"doubled", "out of order"}
# What is worth a look while the rounds go by.
HIGHLIGHTS = [
    "acknowledge rate", "acknowledge p50", "acknowledge p99", "delivery rate", "server CPU", "latency p50", "latency p99", "lost", "until all were connected",
    "until all had everything", "server RSS before", "server RSS at most",
]
DELIVERED = [
    ("deliveries/s", "delivery rate"),
    ("CPU, µs a delivery", "server CPU"),
    ("KiB a connection, connected", "per connection when connected"),
    ("in the end", "per connection at the end"),
    ("p50, ms", "latency p50"),
    ("p99, ms", "latency p99"),
    ("lost", "lost"),
]
GROWTH = {
    "listeners": ("Listeners, at 10 messages/s", DELIVERED),
    "messages": ("Messages a second, to 5,000 listeners", DELIVERED),
    "streams": ("Streams that share 10,000 listeners, each with one message a second, opened before", DELIVERED),
    "pushes": ("The same streams and messages without a listener, which is what the pushes cost of it", TAKEN),
    "gateways": ("Gateways on one silo that share 4,000 listeners, at 10 messages/s (CPU: all gateways and the silo)", DELIVERED),
}
# The stores that bench/disk.sh compares, and what it does to each.
STORES = ["memory", "always", "everysec"]
DISK = {
    "single": ("64 connections, one message a request", TAKEN),
    "batch": ("64 connections, 100 messages a request", TAKEN),
    "quiet": ("1,000 streams, one push a second each", TAKEN),
    "idle": ("a minute without a push", [("CPU, % of a core", "server CPU"), ("MiB", "server RSS at the end")]),
}


def read(path: Path) -> dict | None:
    """A report's figures by name, without their units; None when the run ended without one."""
    try:
        report = json.loads(path.read_text())
    except ValueError:
        return None
    return {re.sub(r" \([^)]*\)$", "", name): value for name, value in report.items()}


def median(reports: list[dict], key: str) -> float | None:
    values = [r[key] for r in reports if key in r]
    return statistics.median(values) if values else None


def show(value: float | None) -> str:
    if value is None:
        return "–"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def load(folder: Path) -> dict:
    """Reports by the first part of their names, then the second."""
    reports: dict = defaultdict(lambda: defaultdict(list))
    for path in sorted(folder.glob("*.json")):
        first, second, _ = path.name.rsplit(".", 3)[:3]
        report = read(path)
        if report is None:
            print(f"{path.name}: no report", file=sys.stderr)
        else:
            reports[first][second].append(report)
    return reports


def compare(folder: Path) -> list[str]:
    lines = []
    for case, by_server in sorted(load(folder).items(), key=lambda c: list(CASES).index(c[0])):
        servers = [s for s in SERVERS if s in by_server]
        work = (folder / f"{case}.work").read_text().strip()
        lines += ["", f"**{case}**: `{work}`", "", row(["", *servers]), row(["---", *["---:"] * len(servers)])]
        for name, key in CASES[case]:
            figures = {s: median(by_server[s], key) for s in servers}
            if key in UNUSUAL and not any(figures.values()):
                continue
            lines.append(row([name, *[cell(s, figures) for s in servers]]))
    return lines


def cell(server: str, figures: dict) -> str:
    value, peer = figures[server], figures.get(PEER)
    ratio = f" ({value / peer:.2f}×)" if server != PEER and peer and value is not None and value > 0 else ""
    return show(value) + ratio


def growth(folder: Path) -> list[str]:
    lines = []
    for what, by_size in sorted(load(folder).items(), key=lambda c: list(GROWTH).index(c[0])):
        caption, columns = GROWTH[what]
        lines += ["", f"{caption}:", "", row([what if what != "pushes" else "streams", *[name for name, _ in columns]])]
        lines.append(row(["---:"] * (len(columns) + 1)))
        for size in sorted(by_size, key=int):
            lines.append(row([f"{int(size):,}", *[show(median(by_size[size], key)) for _, key in columns]]))
    return lines


def disk(folder: Path) -> list[str]:
    lines = [row(["", "", *STORES]), row(["---", "---", *["---:"] * len(STORES)])]
    reports = load(folder)
    for what, (caption, columns) in DISK.items():
        for name, key in columns if what in reports else []:
            figures = [median(reports[what][store], key) for store in STORES]
            ratio = key == "acknowledge rate" and figures[0]
            lines.append(row([caption, name, *[show(value) + (f" ({value / figures[0]:.2f}×)" if ratio and i and value else "") for i, value in enumerate(figures)]]))
    return lines


def abuse(path: Path) -> list[str]:
    lines = []
    for text in path.read_text().splitlines():
        report = json.loads(text)
        figures = {re.sub(r" \([^)]*\)$", "", name): value for name, value in report.items()}
        memory = "/".join(show(figures[name]) if name in figures else "–" for name in ("server RSS before", "server RSS at most", "server RSS after"))
        waits = "/".join(show(figures[name]) if name in figures else "–" for name in ("delivery p50", "delivery p99", "delivery max"))
        lines.append(f"{report['title']}\n    canary ms p50/p99/max {waits}, cut {show(figures.get('canary cut', 0))}, lost {show(figures.get('lost', 0))}; MiB before/most/after {memory}")
        lines += [f"    {name} {show(value)}" for name, value in figures.items() if name.startswith("attack: ")]
        lines += [f"    FAILED: {reason}" for reason in report["failures"]] + [f"      {note}" for note in report.get("notes", [])]
    return lines


def first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.split("\n")[0].strip()


def machine() -> str:
    processor = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1048576
    return f"{os.cpu_count()} cores of {processor}, {memory:.0f} GiB, Linux {platform.release()}, the load tool on the same machine"


def commit() -> str:
    return first_line("git", "describe", "--always", "--dirty", "--abbrev=12")


def versions(nchan: str) -> str:
    try:
        import aiohttp
        client = f"aiohttp {aiohttp.__version__}"
    except ImportError:
        client = "no aiohttp"
    nginx = first_line("env", f"PATH={os.environ['PATH']}:/usr/sbin", "nginx", "-v").removeprefix("nginx version: ")
    return f"commit {commit()}, .NET SDK {first_line('dotnet', '--version')}, {nginx}, nchan {nchan}, Python {platform.python_version()}, {client}"


def write(page: Path, name: str, lines: list[str]) -> None:
    text = page.read_text()
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if begin not in text or end not in text:
        sys.exit(f"{page} has no markers {begin} and {end}")
    before, rest = text.split(begin, 1)
    page.write_text(before + begin + "\n" + "\n".join(lines).strip() + "\n" + end + rest.split(end, 1)[1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["line", "abuse", "compare", "growth", "disk"])
    parser.add_argument("reports", type=Path)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--nchan", default="unknown")
    options = parser.parse_args()
    if options.what == "line":
        report = read(options.reports) or {"failures": ["no report"]}
        figures = [f"{key} {show(report[key])}" for key in HIGHLIGHTS if key in report]
        print("; ".join(figures + [f"FAILED: {reason}" for reason in report["failures"]]))
        return

    if options.what == "abuse":
        print("\n".join(abuse(options.reports)))
        return

    folder = options.reports
    rounds = max(int(path.name.rsplit(".", 2)[1]) for path in folder.glob("*.json"))
    of = "One round" if rounds == 1 else f"Medians of {rounds} rounds"
    if options.what == "disk":
        lines = [f"{of}. {machine()}; commit {commit()}.", "", *disk(folder)]
    elif options.what == "compare":
        lines = [f"{of}; in brackets the ratio to {PEER}. {machine()}; {versions(options.nchan)}.", *compare(folder)]
    else:
        lines = [f"{of}. {machine()}; commit {commit()}, .NET SDK {first_line('dotnet', '--version')}.", *growth(folder)]
    print("\n".join(lines))
    if options.write:
        write(options.write, options.what, lines)


if __name__ == "__main__":
    main()
