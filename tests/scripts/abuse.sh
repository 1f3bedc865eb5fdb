#!/usr/bin/env bash
# About a minute of attacks on a gateway with little memory: nobody who has nothing to do with them loses a message or waits for more than
# two seconds, the process lives, and its memory comes back (bench/README.md, "Abuse"). Prints a line for each attack.
#
#   WEBSTREAM_ABUSE_TIMES=10 abuse.sh    attacks ten times as long
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=bench/servers.sh
. bench/servers.sh

# What 512 MB of a container leave the runtime, 402653184 bytes; the runtime reads it as hexadecimal.
readonly limit=0x18000000 megabytes=384

# What cannot be had is a failure where every test is required.
unavailable() {
  printf '%s\n' "$*"
  [ "${CI:-}" = true ] && exit 1
  exit 77
}

[ "$(uname -s)" = Linux ] || unavailable "The attacks come from the bench, which runs on Linux only."
for needed in python3 curl; do has "$needed" || unavailable "Not installed: $needed"; done
[ "$(ulimit -n)" -ge 8192 ] || unavailable "The attacks need 8192 open files, and may have $(ulimit -n)."
[ -e "$bench" ] && [ -e "$gateway" ] || build bench/Webstream.Bench src/Webstream.Gateway

limited=()
# gateway NAME [VARIABLE=VALUE...]: with the memory limit, on a free port; sets url.
gateway() {
  local name=$1 port memory
  shift
  port=$(free_port)
  url=http://127.0.0.1:$port
  spawn "$name" "${limited[@]}" env Logging__LogLevel__Webstream=Warning DOTNET_GCHeapHardLimit=$limit Webstream__Log__Store=memory "$@" dotnet "$gateway" --host 127.0.0.1 --port "$port"
  await "$name" /health/ready
  memory=$(curl -s -m 10 "$url/metrics" | sed -n 's/^orleans_runtime_total_physical_memory_megabytes{[^}]*} //p')
  [ "$memory" = $megabytes ] || { printf 'The gateway has %s MB instead of %s: the limit is not in force.\n' "$memory" $megabytes; exit 1; }
}

# attack SECONDS SCENARIO...: of the newest gateway. What only took too long is tried once more: the machine may have had other work.
attack() {
  local seconds=$(($1 * ${WEBSTREAM_ABUSE_TIMES:-1})) report=$work/abuse.json
  shift
  dotnet "$bench" abuse --url "$url" --pid "${started[-1]}" --seconds "$seconds" --tries 2 "${redis[@]}" --json --scenario "$@" \
    >"$report" 2>"$work/load.log" || code=1
  "$python" bench/tables.py abuse "$report" | tee -a "$work/attacks.log"
  grep -v ' begins$' "$work/load.log" || true
}
code=0
redis=()

gateway abused
attack 5 pipelined pipelined-polls names bodies replays stalled options tiny
attack 2 pipelined-listeners assistants polls names-listen hubs idle slow-heads resets mcp-bodies keys storms new-streams lists
end_servers

# A tool that finds nothing wrong has to be shown something wrong.
must_fail() {
  local expected=$1 says=$2 ended=0
  shift 2
  dotnet "$bench" abuse --seconds 3 --scenario resets "$@" >"$work/wrong.log" 2>&1 || ended=$?
  if [ "$ended" != "$expected" ] || ! grep -q "$says" "$work/wrong.log"; then
    printf 'abuse %s ended with %s instead of %s, or did not say: %s\n' "$*" "$ended" "$expected" "$says"
    cat "$work/wrong.log"
    code=1
  fi
}
gateway wronged
must_fail 2 'only localhost' --url http://192.0.2.1:8000 --pid "${started[-1]}"
must_fail 1 'FAILED: canary: waited' --url "$url" --pid "${started[-1]}" --most-wait 0
: >"$work/wrong.log"
(
  for _ in $(seq 600); do grep -q 'resets begins' "$work/wrong.log" && break; sleep 0.1; done
  kill -9 "${started[-1]}"
) &
must_fail 1 'the process ended' --url "$url" --pid "${started[-1]}"
end_servers

# The runtime would raise a limit that may be raised.
limited=(prlimit --nofile=1024:1024)
gateway few-files
limited=()
attack 3 descriptors
end_servers

if has redis-server; then
  port=$(free_port)
  spawn redis redis-server --port "$port" --bind 127.0.0.1 --maxmemory 40mb --maxmemory-policy noeviction --save "" --appendonly no
  redis=(--redis "127.0.0.1:$port")
  gateway on-redis "Webstream__Cluster__Redis=127.0.0.1:$port" Webstream__Cluster__EmbedSilo=true Webstream__Cluster__SiloPort=0 Webstream__Cluster__GatewayPort=0
  attack 5 redis-flood
  end_servers
else
  printf 'redis-flood was left out: redis-server is not installed.\n'
fi

# Once more at the end, which is what a long log is read by.
awk '/^[^ ]/ { attack = $0 } /FAILED:/ { print attack; print }' "$work/attacks.log"
exit "$code"
