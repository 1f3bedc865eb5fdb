#!/usr/bin/env bash
# What test.sh does for a moment, for as long as you like: kills, mutated input, attacks, and a soak, each for a quarter of the time.
# Ends with one line, as test.sh does: N passed, N failed, N skipped. The logs are in TestResults.
#
#   tests/long.sh [MINUTES]     60 when left out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

readonly minutes=${1:-60}
if ! [[ $minutes =~ ^[1-9][0-9]*$ ]]; then
  printf 'The minutes are a number of at least 1: tests/long.sh 60\n'
  exit 2
fi
readonly each=$((minutes * 60 / 4)) results=TestResults
# One test takes a quarter of the time by itself.
readonly hang=$((each + 300))s
say() { printf '%s\n' "$*"; }
. tests/run/results.sh

rm -rf "$results"
mkdir -p "$results"
dotnet build WebstreamMcp.sln -c Release -v quiet -nologo

# Two tests share this quarter: a cluster whose processes are killed, and a gateway on disk.
export WEBSTREAM_CLUSTER_TESTS_SECONDS=$((each / 2)) WEBSTREAM_SOAK_MINUTES=$((each / 60 + 1))
run_project kills tests/Webstream.Cluster.Tests/Webstream.Cluster.Tests.csproj --filter "FullyQualifiedName~EachInTurnTests|FullyQualifiedName~KilledOnDiskTests"
# Four of the five entry points come one after another. A failure names its seed, and WEBSTREAM_FUZZ_SEED repeats it.
export WEBSTREAM_FUZZ_SECONDS=$((each / 4 + 1))
run_project fuzz tests/Webstream.Fuzz.Tests/Webstream.Fuzz.Tests.csproj
# The attacks themselves are about seventy seconds of it.
export WEBSTREAM_ABUSE_TIMES=$((each / 70 + 1))
run_script tests/scripts/abuse.sh
run_script tests/scripts/soak.sh
finish
