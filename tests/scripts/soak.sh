#!/usr/bin/env bash
# A gateway under steady traffic: its memory does not grow, and its files keep their bound. For tests/long.sh.
#
#   WEBSTREAM_SOAK_MINUTES=60 soak.sh     10 when not set
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=bench/servers.sh
. bench/servers.sh

readonly minutes=${WEBSTREAM_SOAK_MINUTES:-10}
build bench/Webstream.Bench src/Webstream.Gateway
start webstream
dotnet "$bench" soak --url "$url" --pid "${started[-1]}" --listeners 1000 --minutes "$minutes" --most-growth 8
end_servers

# A bound that is reached within the first minute, and from then on kept.
bytes=$((64 << 20)) seconds=$((minutes * 60))
Webstream__Log__Store=disk Webstream__Log__Path=$work/history.db Webstream__Log__TotalBytes=$bytes start webstream
"$python" bench/files.py watch "$work" "$bytes" "$seconds" &
watcher=$!
dotnet "$bench" soak --url "$url" --pid "${started[-1]}" --listeners 20 --streams 20 --minutes "$minutes" --rate 4000 --batch 20 --size 500 --connections 16 --most-growth 16
wait "$watcher"
