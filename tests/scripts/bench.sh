#!/usr/bin/env bash
# The bench against a gateway of its own, each subcommand for a moment, and one small round against the peers. Nothing is timed:
# it passes when what was pushed and what was received agree everywhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=bench/servers.sh
. bench/servers.sh

# What cannot be had is a failure where every test is required.
unavailable() {
  printf '%s\n' "$*"
  [ "${CI:-}" = true ] && exit 1
  exit 77
}

[ "$(uname -s)" = Linux ] || unavailable "The bench runs on Linux only."
install_missing || unavailable "The peers of the bench could not be installed: $(missing | tr '\n' ' ')"
[ "$(ulimit -n)" -ge 4096 ] || unavailable "The bench needs 4096 open files, and may have $(ulimit -n)."
build bench/Webstream.Bench src/Webstream.Gateway

check() {
  local report=$work/report.json code=0
  load "$report" "$@" --url "$url" || code=$?
  printf '%s: %s\n' "$*" "$("$python" bench/tables.py line "$report")"
  [ "$code" = 0 ] || { printf 'exit code %s\n' "$code"; exit 1; }
}

start webstream
check connect --listeners 1000
check idle --listeners 100 --seconds 1
# Only the first one warms up: figures are of no interest here.
check fanout --listeners 500 --messages 500
check fanout --listeners 300 --messages 500 --batch 10 --threads 2 --cold
check fanout --listeners 300 --messages 1000 --streams 30 --cold
check fanout --listeners 300 --messages 1000 --streams 7 --batch 3 --connections 5 --cold
check paced --listeners 300 --seconds 2 --cold
check latency --messages 20 --cold
# So much to each that those that do not read are far behind.
check slow --listeners 100 --stalled 2 --slow 2 --seconds 3 --size 10000 --cold
check publish --seconds 1 --cold
check publish --seconds 1 --batch 100 --cold
check publish --seconds 1 --streams 100 --cold
check publish --messages 2000 --batch 100 --stream replayed --cold
check replay --messages 2000 --stream replayed --listeners 20
check soak --listeners 100 --minutes 0.1 --cold
end_servers

# Each part of the history on disk.
bench/disk.sh --quick

# A tool that finds nothing wrong has to be shown something wrong.
start original
code=0
load "$work/report.json" fanout --server original --url "$url" --listeners 10 --messages 50 --expect-clients 11 || code=$?
[ "$code" = 1 ] || { printf 'a wrong count of clients ended with %s instead of 1\n' "$code"; exit 1; }
end_servers

bench/compare.sh --quick
