#!/usr/bin/env bash
# A gateway under steady traffic: its memory does not grow. For tests/long.sh; bench.sh runs it for a moment.
#
#   WEBSTREAM_SOAK_MINUTES=60 soak.sh     10 when not set
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=bench/servers.sh
. bench/servers.sh

build bench/Webstream.Bench src/Webstream.Gateway
start webstream
dotnet "$bench" soak --url "$url" --pid "${started[-1]}" --listeners 1000 --minutes "${WEBSTREAM_SOAK_MINUTES:-10}" --most-growth 8
