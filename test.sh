#!/usr/bin/env bash
# Runs every test, and ends with one line: N passed, N failed, N skipped.
#
#   ./test.sh                          everything
#   ./test.sh --filter "Name~Push"     arguments go to `dotnet test`
#
# On Debian and Ubuntu it installs what the tests need besides the .NET SDK. Elsewhere it says what is missing; the tests that
# need it are then skipped, or fail when CI=true.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec </dev/null

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
# A build server that stays behind would hold the terminal of whoever waits for this script to end.
export MSBUILDDISABLENODEREUSE=1

readonly results=TestResults
say() { printf '%s\n' "$*"; }
. tests/run/needs.sh
. tests/run/results.sh

# step NAME COMMAND...: without it no test can run.
step() {
  local name=$1 log=$results/${1/ /-}.log
  shift
  "$@" >"$log" 2>&1 && return 0
  grep -E "(error|warn)[^:]*:" "$log" | sort -u | head -n 30 || tail -n 30 "$log"
  fail "${name/ /-}" "  $name"
  finish
}

project() {
  local name=$1
  shift
  run_project "$name" "tests/$name/$name.csproj" "$@"
}

gateway() {
  project Webstream.Gateway.Tests "$@"
  if [ $# = 0 ]; then
    # What listeners see must not depend on who writes to them.
    WEBSTREAM_TEST_HAND_OVER=false run_project Webstream.Gateway.Tests-without-hand-over tests/Webstream.Gateway.Tests/Webstream.Gateway.Tests.csproj \
      --filter '(FullyQualifiedName~Tests.Listening|FullyQualifiedName~Tests.Clients)&FullyQualifiedName!~Clients.SentAway'
  fi
}

others() {
  local folder name
  for folder in tests/*.Tests; do
    name=$(basename "$folder")
    case $name in
      Webstream.Gateway.Tests | Webstream.Cluster.Tests) ;;
      *) project "$name" "$@" ;;
    esac
  done
}

scripts() {
  local name
  for name in "$@"; do run_script "tests/scripts/$name.sh"; done
}

if ! has dotnet; then
  say "The .NET SDK is missing: see global.json for the version, and https://dotnet.microsoft.com/download"
  exit 1
fi

rm -rf "$results"
mkdir -p "$results"
# A check that was made before this script counts here, so that there is one sum.
if [ -n "${FAILED_BEFORE:-}" ]; then fail before "  $FAILED_BEFORE"; fi
install_missing
install_node_modules
say "Building"
step "dotnet restore" dotnet restore WebstreamMcp.sln
step "dotnet build" dotnet build WebstreamMcp.sln -c Release --no-restore

# Nothing has to be built again.
export WEBSTREAM_BUILT=1
# One after another: each keeps both cores of a small machine busy.
gateway "$@"
project Webstream.Cluster.Tests "$@"
others "$@"
if [ $# = 0 ]; then scripts compose bench inspector docs abuse; fi
finish
