#!/usr/bin/env bash
# The protocol's inspector against the stdio server: the tools are as strict clients want them, a push arrives, an error exits with 5.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
inspector=$PWD/tests/mcp-tools/node_modules/.bin/mcp-inspector
server=$PWD/src/Webstream.Mcp/bin/Release/net10.0/webstream-mcp
if ! [ -x "$inspector" ]; then
  echo "the inspector is not installed: npm ci in tests/mcp-tools"
  exit 77
fi

state=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
gateway() { pgrep -f "webstream-gateway.*:$port"; }
# shellcheck disable=SC2046
trap 'kill $(gateway) 2>/dev/null || true; rm -rf "$state"' EXIT

# The inspector starts a server as assistants do: with nothing of its own environment but what its configuration names.
inspect() {
  "$inspector" --cli -e "WEBSTREAM_PORT=$port" -e "WEBSTREAM_STATE_DIR=$state" -e Webstream__Log__Store=memory -e WEBSTREAM_HOST=127.0.0.1 "$server" -q --format json "$@"
}

for era in "" "--protocol-era modern"; do
  # shellcheck disable=SC2086
  inspect --method tools/list --strict $era >"$state/tools.json"
  grep -q push_stream "$state/tools.json"
done
inspect --method tools/call --tool-name push_stream --tool-args-json '{"message":"starts the gateway"}' >"$state/first"
curl -s -N --max-time 60 "http://127.0.0.1:$port/stream" >"$state/heard" &
listener=$!
until grep -q "Connected at" "$state/heard"; do
  kill -0 "$listener" || { echo "the listener was not connected"; exit 1; }
  sleep 0.1
done
inspect --method tools/call --tool-name push_stream --tool-args-json '{"message":"from the inspector"}' >"$state/pushed"
grep -q "Active clients: 1" "$state/pushed"
until grep -q "from the inspector" "$state/heard"; do
  kill -0 "$listener" || { echo "the message did not arrive"; exit 1; }
  sleep 0.1
done
kill "$listener"
code=0
inspect --method tools/call --tool-name push_stream --tool-args-json '{"message":""}' >"$state/refused" || code=$?
if [ "$code" != 5 ]; then
  echo "an error exits with $code instead of 5"
  exit 1
fi
