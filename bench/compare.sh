#!/usr/bin/env bash
# The same work on this gateway and its peers, each alone on this machine, in turn: a table of medians and of ratios to nchan,
# which goes into docs/performance.md.
#
#   bench/compare.sh                     five rounds of everything, about 20 minutes
#   bench/compare.sh --only overload     one case: overload, overload-2x, paced, connect, publish
#   bench/compare.sh --rounds 3
#   bench/compare.sh --quick             one small round, to see whether it works; writes nothing
#
# On Debian and Ubuntu it installs what the peers need, as root. It ends with 1 when the gateway lost anything, or failed otherwise;
# what the peers lose is a figure in the table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=bench/servers.sh
. bench/servers.sh

# What stands at the top of this file.
usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

rounds=5 quick=false only=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=true rounds=1 ;;
    --rounds) rounds=${2:?} && shift ;;
    --only) only=${2:?} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

# What each case is, and who takes part: of twice as much, the slow ones would only show again that they are slow.
declare -A work_of=(
  [overload]='fanout --listeners 5000 --rate 100 --seconds 4 --connections 64'
  [overload-2x]='fanout --listeners 5000 --rate 200 --seconds 4 --connections 64'
  [paced]='paced --listeners 5000 --rate 10 --seconds 10 --connections 1'
  [connect]='connect --listeners 15000'
  [publish]='publish --connections 64 --seconds 5'
)
declare -A servers_of=(
  [overload]='webstream nchan plain original'
  [overload-2x]='webstream plain'
  [paced]='webstream nchan plain original'
  [connect]='webstream nchan'
  [publish]='webstream nchan plain original'
)
if $quick; then
  work_of=(
    [overload]='fanout --listeners 200 --rate 100 --seconds 1 --connections 64 --cold'
    [overload-2x]='fanout --listeners 200 --rate 200 --seconds 1 --connections 64 --cold'
    [paced]='paced --listeners 200 --seconds 1 --cold'
    [connect]='connect --listeners 500'
    [publish]='publish --connections 8 --seconds 1 --cold'
  )
fi
cases=(overload overload-2x paced connect publish)
if [ -n "$only" ]; then
  [ -n "${work_of[$only]:-}" ] || { say "--only $only: one of ${cases[*]}"; exit 2; }
  cases=("$only")
fi

install_missing || exit 77
build bench/Webstream.Bench src/Webstream.Gateway bench/peers/Plain
results=$work/results
mkdir "$results"
failed=false

# measure CASE SERVER ROUND
measure() {
  local case=$1 server=$2 file=$results/$1.$2.$3.json code=0 options
  read -ra options <<<"${work_of[$case]}"
  start "$server"
  load "$file" "${options[@]}" --server "$server" --url "$url" || code=$?
  end_servers
  say "round $3, $case, $server: $("$python" bench/tables.py line "$file")"
  if [ "$code" != 0 ] && [ "$server" = webstream ]; then failed=true; fi
}

for case in "${cases[@]}"; do printf '%s\n' "${work_of[$case]}" >"$results/$case.work"; done
for round in $(seq "$rounds"); do
  for case in "${cases[@]}"; do
    read -ra servers <<<"${servers_of[$case]}"
    # What one server does to the machine, its clock and its memory, is not to be the same one's luck in each round.
    if [ $((round % 2)) = 0 ]; then mapfile -t servers < <(printf '%s\n' "${servers[@]}" | tac); fi
    for server in "${servers[@]}"; do measure "$case" "$server" "$round"; done
  done
done

target=()
if ! $quick && [ -z "$only" ]; then target=(--write docs/performance.md); fi
"$python" bench/tables.py compare "$results" "${target[@]}" --nchan "$(dpkg-query -W -f '${Version}' libnginx-mod-nchan 2>/dev/null || echo unknown)"
if $failed; then
  say "The gateway failed: see above."
  exit 1
fi
