#!/usr/bin/env bash
# How the gateway's cost grows with listeners, messages, streams and gateways: tables that go into docs/performance.md.
#
#   bench/growth.sh                      three rounds, about 20 minutes
#   bench/growth.sh --only listeners     one of listeners, messages, streams, gateways
#   bench/growth.sh --rounds 1
#   bench/growth.sh --quick              one small round, to see whether it works; writes nothing
#
# It ends with 1 when anything was lost.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/servers.sh
. bench/servers.sh

# What stands at the top of this file.
usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

rounds=3 quick=false only='' scale=1 seconds=10
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=true rounds=1 scale=20 seconds=2 ;;
    --rounds) rounds=${2:?} && shift ;;
    --only) only=${2:?} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
all=(listeners messages streams gateways)
[[ -z $only || " ${all[*]} " == *" $only "* ]] || { say "--only $only: one of ${all[*]}"; exit 2; }

build bench/Webstream.Bench src/Webstream.Gateway src/Webstream.Silo
results=$work/results
mkdir "$results"
failed=false

# measure WHAT SIZE ROUND OPTIONS...: on what was started, which it ends.
measure() {
  local what=$1 size=$2 file=$results/$1.$2.$3.json
  shift 3
  load "$file" fanout --seconds "$seconds" "$@" || failed=true
  end_servers
  say "$what $size: $("$python" bench/tables.py line "$file")"
}

of_listeners() {
  local size
  for size in 1000 5000 15000; do
    start webstream
    measure listeners "$size" "$1" --url "$url" --listeners $((size / scale)) --rate 10 --connections 1
  done
}

of_messages() {
  local size
  for size in 1 10 100; do
    start webstream
    measure messages "$size" "$1" --url "$url" --listeners $((5000 / scale)) --rate "$size" --connections 16
  done
}

# Each listener gets one message a second, however they are spread. Streams that are new cost their opening besides, so they have
# had their first messages before.
of_streams() {
  local size
  for size in 1 100 1000; do
    start_streams "$size"
    measure streams "$size" "$1" --url "$url" --listeners $((10000 / scale)) --stream growth --streams "$size" --rate "$size" --connections 16
    start_streams "$size"
    measure pushes "$size" "$1" --url "$url" --listeners 0 --stream growth --streams "$size" --rate "$size" --connections 16
  done
}

start_streams() {
  start webstream
  load "$work/opened.json" publish --url "$url" --stream growth --streams "$1" --messages $(($1 + 1000)) --connections 16 || failed=true
}

of_gateways() {
  local size urls
  for size in 1 2 4; do
    start_cluster "$size"
    measure gateways "$size" "$1" --url "${urls[@]}" --listeners $((4000 / scale)) --rate 10 --connections "$size"
  done
}

# start_cluster GATEWAYS: one silo and so many gateways; sets urls and pids.
start_cluster() {
  local gateway_port all_pids
  gateway_port=$(free_port)
  url=http://127.0.0.1:$(free_port)
  spawn silo env Logging__LogLevel__Default=Warning Webstream__Log__Store=memory Webstream__Cluster__SiloPort="$(free_port)" \
    Webstream__Cluster__GatewayPort="$gateway_port" dotnet "$silo" --urls "$url"
  await silo /health/ready
  all_pids=("${started[-1]}") urls=()
  for _ in $(seq "$1"); do
    Webstream__Cluster__Silos=127.0.0.1:$gateway_port start webstream
    urls+=("$url") all_pids+=("${pids[@]}")
  done
  pids=("${all_pids[@]}")
}

for round in $(seq "$rounds"); do
  for what in "${all[@]}"; do
    if [ -z "$only" ] || [ "$only" = "$what" ]; then "of_$what" "$round"; fi
  done
done

target=()
if ! $quick && [ -z "$only" ]; then target=(--write docs/performance.md); fi
"$python" bench/tables.py growth "$results" "${target[@]}"
if $failed; then
  say "Something was lost, or failed otherwise: see above."
  exit 1
fi
