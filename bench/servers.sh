# Builds, starts and ends the servers that are measured, one at a time. Sourced by compare.sh, growth.sh and the test of the bench,
# from the checkout's root. What it starts it ends by its own process id, also when the script is interrupted.
# shellcheck shell=bash

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

readonly bench=bench/Webstream.Bench/bin/Release/net10.0/Webstream.Bench.dll
readonly gateway=src/Webstream.Gateway/bin/Release/net10.0/webstream-gateway.dll
readonly silo=src/Webstream.Silo/bin/Release/net10.0/webstream-silo.dll
readonly plain=bench/peers/Plain/bin/Release/net10.0/plain-sse.dll
nchan_module=/usr/lib/nginx/modules/ngx_nchan_module.so
# Debian's aiohttp belongs to Debian's Python, which need not be the first one in the path.
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3

work=$(mktemp -d)
started=()
url=''
pids=()
sources=1

say() { printf '%s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

end_servers() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do
    # A server with thousands of connections may take its time, but not for ever.
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  started=() pids=()
}

trap 'end_servers; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Fifteen thousand connections, and what else a process opens.
ulimit -n "$(ulimit -Hn)"

needs() { printf '%s\n' "$1"; }

missing() {
  has python3 || needs python3
  has curl || needs curl
  has pgrep || needs procps
  has nginx || [ -x /usr/sbin/nginx ] || needs nginx
  [ -e "$nchan_module" ] || needs libnginx-mod-nchan
  "$python" -c 'import aiohttp' 2>/dev/null || needs python3-aiohttp
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Installs what the peers need on Debian and Ubuntu; false when something is missing all the same.
install_missing() {
  local packages
  mapfile -t packages < <(missing)
  [ ${#packages[@]} -gt 0 ] || return 0
  if has apt-get && { [ "$(id -u)" = 0 ] || { has sudo && sudo -n true 2>/dev/null; }; }; then
    say "Installing: ${packages[*]}"
    as_root apt-get update -qq >/dev/null 2>&1 || true
    # Debian starts nginx when it installs it, unless it is told not to.
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1 || true
    hash -r
    [ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
    mapfile -t packages < <(missing)
  fi
  [ ${#packages[@]} = 0 ] || { say "Not installed: ${packages[*]}"; return 1; }
}

# build PROJECT...; WEBSTREAM_BUILT says that test.sh has built everything, and that programs run from there now.
build() {
  local project
  [ -z "${WEBSTREAM_BUILT:-}" ] || return 0
  for project in "$@"; do
    say "Building $project"
    dotnet build "$project" -c Release -v quiet >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; return 1; }
  done
}

free_port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# spawn NAME COMMAND...: in the background, its output in a file that is shown when it does not come up.
spawn() {
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 </dev/null &
  started+=($!)
}

# await NAME PATH: until the newest process answers there, with 200 where it has a page that says that it is ready.
await() {
  local name=$1 path=$2 pid=${started[-1]} status
  for _ in $(seq 300); do
    status=$(curl -s -o /dev/null -m 2 -w '%{http_code}' "$url$path" || true)
    case $path:$status in
      /:000 | /:) ;;
      /:* | *:200) return 0 ;;
    esac
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  say "$name does not answer:"
  tail -n 20 "$work/$name.log" >&2
  return 1
}

# start KIND: sets url and pids.
start() {
  local port
  port=$(free_port)
  url=http://127.0.0.1:$port
  case $1 in
    webstream)
      # In memory, unless the caller says otherwise: the figures have been taken so, and no run may touch this user's state folder.
      spawn "$1" env Logging__LogLevel__Default=Warning Logging__LogLevel__Webstream=Warning \
        Webstream__Log__Store="${Webstream__Log__Store-memory}" WEBSTREAM_STATE_DIR="$work" dotnet "$gateway" --host 127.0.0.1 --port "$port"
      await "$1" /health/ready
      pids=("${started[-1]}")
      ;;
    plain)
      spawn "$1" env Logging__LogLevel__Default=Warning dotnet "$plain" --urls "$url"
      await "$1" /
      pids=("${started[-1]}")
      ;;
    original)
      spawn "$1" "$python" bench/peers/original.py "$port"
      await "$1" /
      pids=("${started[-1]}")
      ;;
    nchan)
      sed -e "s|@MODULE@|$nchan_module|; s|@USER@|$(id -un)|; s|@FOLDER@|$work|; s|@PORT@|$port|" bench/peers/nchan.conf >"$work/nchan.conf"
      PATH=$PATH:/usr/sbin spawn "$1" nginx -p "$work" -c "$work/nchan.conf" -e "$work/error.log"
      await "$1" /
      mapfile -t pids < <(pgrep -P "${started[-1]}")
      ;;
  esac
}

# load FILE SUBCOMMAND OPTIONS...: puts load on what was started, and the report into the file. The exit code is the bench's.
# Each run has a source address of its own: the ports of the last one rest for a minute.
load() {
  local file=$1 code=0
  shift
  sources=$((sources % 250 + 1))
  dotnet "$bench" "$@" --pid "${pids[@]}" --source "127.0.0.$((sources + 1))" --json >"$file" 2>"$work/load.log" || code=$?
  [ "$code" -lt 2 ] || cat "$work/load.log" >&2
  return "$code"
}
