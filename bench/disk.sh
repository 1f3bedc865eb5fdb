#!/usr/bin/env bash
# What a history on disk costs, beside one in memory: figures for docs/decisions/0028-history-on-disk.md.
#
#   bench/disk.sh                        everything, three rounds of what is compared: about 15 minutes
#   bench/disk.sh --only publish         one of publish, replay, start, idle, bounds
#   bench/disk.sh --rounds 1
#   bench/disk.sh --quick                each for a moment, to see whether it works
#
# publish: pushes with memory, disk `always` and disk `everysec` in turn, and what an fsync takes in the same minute. replay: 100,000 messages to
# 100 listeners at once. start: until /health/ready answers, with an empty history and with one of 1 GiB. idle: a minute without a push. bounds: whether
# database and write-ahead log stay within Webstream__Log__TotalBytes while pushes go on.
#
# The files are in a new folder below TMPDIR (/tmp): that decides which disk is measured. It ends with 1 when anything was lost, or a bound was not
# kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/servers.sh
. bench/servers.sh

# What stands at the top of this file.
usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

rounds=3 only='' seconds=10 scale=1 listeners=100 idle=60
while [ $# -gt 0 ]; do
  case $1 in
    --quick) rounds=1 seconds=1 scale=50 listeners=10 idle=1 ;;
    --rounds) rounds=${2:?} && shift ;;
    --only) only=${2:?} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
all=(publish replay start idle bounds)
[[ -z $only || " ${all[*]} " == *" $only "* ]] || { say "--only $only: one of ${all[*]}"; exit 2; }

build bench/Webstream.Bench src/Webstream.Gateway
failed=false
mkdir "$work/results"

# on STORE [NAME=VALUE...]: starts a gateway whose history is there: memory, always, everysec.
on() {
  local store=$1
  shift
  case $store in
    memory) start_with Webstream__Log__Store=memory "$@" ;;
    *) start_with Webstream__Log__Store=disk Webstream__Log__Path="$work/history.db" Webstream__Log__Sync="$store" "$@" ;;
  esac
}

start_with() {
  local setting
  for setting in "$@"; do export "${setting?}"; done
  start webstream
  for setting in "$@"; do unset "${setting%%=*}"; done
}

forget() { rm -f "$work"/history.db*; }

# run NAME SUBCOMMAND OPTIONS...: on what was started; says the report in a line.
run() {
  local name=$1
  shift
  load "$work/results/$name.json" "$@" --url "$url" || failed=true
  say "$name: $("$python" bench/tables.py line "$work/results/$name.json")"
}

# fill SUBCOMMAND OPTIONS...: what is there before the measurement.
fill() {
  load "$work/filled.json" "$@" || { failed=true; say "filling: $("$python" bench/tables.py line "$work/filled.json")"; }
}

publish() {
  local round store stores=(memory always everysec)
  for round in $(seq "$rounds"); do
    "$python" bench/files.py fsync "$work" >&2
    # What one does to the machine is not to be the same one's luck in each round.
    if [ $((round % 2)) = 0 ]; then stores=(everysec always memory); else stores=(memory always everysec); fi
    for store in "${stores[@]}"; do
      forget
      on "$store"
      run "single.$store.$round" publish --connections 64 --seconds "$seconds"
      run "batch.$store.$round" publish --connections 64 --seconds "$seconds" --batch 100
      # Opened before: a stream that is new costs more.
      load "$work/opened.json" publish --url "$url" --stream many --streams 1000 --messages 2000 --connections 16 --cold || failed=true
      run "quiet.$store.$round" publish --stream many --streams 1000 --rate 1000 --connections 64 --seconds "$seconds" --cold
      end_servers
    done
  done
}

replay() {
  local store messages=$((100000 / scale))
  for store in always memory; do
    forget
    # The same bounds for both.
    on "$store" Webstream__Log__RetainedMessages=100000 Webstream__Log__RetainedBytes=268435456
    fill publish --url "$url" --stream replay --messages "$messages" --batch 100 --connections 8 --size 200 --cold
    run "replay.$store.1" replay --stream replay --messages "$messages" --listeners "$listeners"
    end_servers
  done
}

start_and_fill() {
  forget
  "$python" bench/files.py start "$work" "$rounds" dotnet "$gateway"
  on everysec Webstream__Log__RetainedBytes=268435456
  fill publish --url "$url" --stream old --streams 100 --messages $((250000 / scale)) --batch 100 --connections 16 --size 900 --cold
  end_servers
  say "The history has $(($(stat -c %s "$work/history.db") >> 20)) MiB."
  "$python" bench/files.py start "$work" "$rounds" dotnet "$gateway"
}

idle() {
  local store round
  for round in $(seq "$rounds"); do
    for store in memory always everysec; do
      forget
      on "$store"
      fill publish --url "$url" --messages 1000 --cold
      run "idle.$store.$round" idle --listeners 0 --seconds "$idle"
      end_servers
    done
  done
}

bounds() {
  local total=$((64 << 20)) ran
  ran=$((seconds * 24))
  forget
  on always Webstream__Log__TotalBytes="$total"
  "$python" bench/files.py watch "$work" "$total" "$ran" &
  local watcher=$!
  run bounds.always.1 publish --streams 20 --connections 16 --batch 20 --size 500 --seconds "$ran" --cold
  wait "$watcher" || failed=true
  end_servers
}

for part in "${all[@]}"; do
  [[ -z $only || $only = "$part" ]] || continue
  case $part in
    start) start_and_fill ;;
    *) "$part" ;;
  esac
done
# Of what was compared.
if [ -e "$work/results/single.memory.1.json" ] || [ -e "$work/results/idle.memory.1.json" ]; then "$python" bench/tables.py disk "$work/results"; fi
if $failed; then
  say "It failed: see above."
  exit 1
fi
