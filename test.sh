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
readonly hang=5min
passed=0 failed=0 skipped=0
failures=() skips=()

say() { printf '%s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }

# ---- what the tests need --------------------------------------------------------------------------------------------

# Of a snap that is not installed there is a command that only says so.
browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if has "$name" && "$name" --version >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

missing() {
  has node || say nodejs
  has npm || say npm
  has python3 || say python3
  browser || say chromium
  has ip || say iproute2
  has redis-server || say redis-server
  has caddy || say caddy
  # These are where only an administrator's path leads.
  has nginx || [ -x /usr/sbin/nginx ] || say nginx-light
  has haproxy || [ -x /usr/sbin/haproxy ] || say haproxy
  # With these the MCP server is compiled ahead of time, as people get it.
  has clang || say clang
  [ -e /usr/include/zlib.h ] || say zlib1g-dev
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_missing() {
  local packages package
  mapfile -t packages < <(missing)
  [ ${#packages[@]} -gt 0 ] || return 0
  if has apt-get && { [ "$(id -u)" = 0 ] || { has sudo && sudo -n true 2>/dev/null; }; }; then
    say "Installing: ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    if ! as_root apt-get update -qq >"$results/apt.log" 2>&1; then
      say "apt-get update failed; trying with the lists that are there"
    fi
    # One by one: a package that this system does not have must not cost the others.
    for package in "${packages[@]}"; do
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >>"$results/apt.log" 2>&1 || true
    done
    hash -r
    mapfile -t packages < <(missing)
  fi
  if [ ${#packages[@]} -gt 0 ]; then
    say "Not installed: ${packages[*]}. Install them and run this again to run every test."
  fi
}

install_node_modules() {
  local folder
  has npm || return 0
  for folder in clients/node tests/mcp-tools tests/sse-clients; do
    if ! (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) >"$results/npm.log" 2>&1; then
      tail -n 5 "$results/npm.log"
      say "npm ci in $folder failed; the tests that run what is in it need it"
    fi
  done
}

# ---- running and counting -------------------------------------------------------------------------------------------

fail() {
  failed=$((failed + 1))
  failures+=("$1")
}

# From a TRX file one line a test: outcome, name, and what it said, with \n between that text's lines.
read_trx() {
  awk '
    function attribute(name,   at, text) {
      at = index($0, " " name "=\"")
      if (!at) return ""
      text = substr($0, at + length(name) + 3)
      return plain(substr(text, 1, index(text, "\"") - 1))
    }
    function plain(text) {
      gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text)
      gsub(/&apos;/, "\047", text); gsub(/&#x[dD];/, "", text); gsub(/&#x[aA];/, "\\n", text); gsub(/\t/, " ", text)
      gsub(/&amp;/, "\\&", text)
      return text
    }
    function emit() { print outcome "\t" test "\t" message; test = "" }
    /<UnitTestResult / {
      test = attribute("testName"); outcome = attribute("outcome"); message = ""; lines = 0
      if (/\/>[[:space:]]*$/) emit()
      next
    }
    test == "" { next }
    /<Message>/ { within = 1; sub(/.*<Message>/, "") }
    /<StackTrace>/ { within = 1; sub(/.*<StackTrace>/, "") }
    within {
      last = index($0, "</Message>") || index($0, "</StackTrace>")
      sub(/<\/(Message|StackTrace)>.*/, ""); sub(/\r$/, "")
      if (lines++ < 25) message = message (lines > 1 ? "\\n" : "") plain($0)
      if (last) within = 0
    }
    /<\/UnitTestResult>/ { emit() }
  ' "$1"
}

run_project() {
  local name=$1 project=$2 log trx code=0 before=$failed p=0 f=0 s=0 outcome test message
  shift 2
  log=$results/$name.log trx=$results/$name.trx
  local started=$SECONDS
  dotnet test "$project" -c Release --no-build --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
    --blame-hang-timeout "$hang" --blame-hang-dump-type none "$@" >"$log" 2>&1 || code=$?

  if [ -f "$trx" ]; then
    while IFS=$'\t' read -r outcome test message; do
      case $outcome in
        Passed) p=$((p + 1)) ;;
        NotExecuted) s=$((s + 1)); skips+=("$test: ${message%%\\n*}") ;;
        *) f=$((f + 1)); fail "$test"$'\n'"    ${message//\\n/$'\n'    }" ;;
      esac
    done < <(read_trx "$trx")
  fi
  passed=$((passed + p)) skipped=$((skipped + s))

  # A test host that crashed or hung leaves no result for the test that did it.
  if [ "$code" != 0 ] && { [ "$failed" = "$before" ] || grep -q '^Test Run Aborted' "$log"; }; then
    f=$((f + 1))
    fail "$name: the run ended with exit code $code"$'\n'"$(tail -n 25 "$log" | sed 's/^/    /')"
  fi
  say "$name: $p passed, $f failed, $s skipped, $((SECONDS - started)) s"
}

# A script passes with exit code 0, and is skipped with 77, its last line saying why.
run_script() {
  local name log code=0 started=$SECONDS
  name=$(basename "$1")
  log=$results/$name.log
  "$1" >"$log" 2>&1 || code=$?
  case $code in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)); skips+=("$name: $(tail -n 1 "$log")") ;;
    *) fail "$name: exit code $code"$'\n'"$(tail -n 25 "$log" | sed 's/^/    /')" ;;
  esac
  say "$name: exit code $code, $((SECONDS - started)) s"
}

finish() {
  local line code=0
  if [ ${#skips[@]} -gt 0 ]; then
    printf '\nSkipped:\n'
    for line in "${skips[@]}"; do say "  $line"; done
  fi
  if [ ${#failures[@]} -gt 0 ]; then
    printf '\nFailed:\n'
    for line in "${failures[@]}"; do say "  $line"; done
  fi
  if [ "$failed" -gt 0 ]; then
    code=1
  elif [ "$passed" = 0 ]; then
    say "No test ran."
    code=1
  fi
  say "$passed passed, $failed failed, $skipped skipped"
  exit "$code"
}

step() {
  local name=$1 log=$2
  shift 2
  "$@" >"$log" 2>&1 && return 0
  grep -E "(error|warn)[^:]*:" "$log" | sort -u | head -n 30 || tail -n 30 "$log"
  fail "$name"
  finish
}

# ---- the run --------------------------------------------------------------------------------------------------------

if ! has dotnet; then
  say "The .NET SDK is missing: see global.json for the version, and https://dotnet.microsoft.com/download"
  exit 1
fi

rm -rf "$results"
mkdir -p "$results"
# A check that was made before this script counts here, so that there is one sum.
if [ -n "${FAILED_BEFORE:-}" ]; then fail "$FAILED_BEFORE"; fi
install_missing
install_node_modules
say "Building"
step "dotnet restore" "$results/restore.log" dotnet restore WebstreamMcp.sln
step "dotnet build" "$results/build.log" dotnet build WebstreamMcp.sln -c Release --no-restore
for project in tests/*/*.csproj; do
  run_project "$(basename "$project" .csproj)" "$project" "$@"
done
# What listeners see must not depend on who writes to them.
if [ $# = 0 ]; then
  WEBSTREAM_TEST_HAND_OVER=false run_project Webstream.Gateway.Tests-without-hand-over tests/Webstream.Gateway.Tests/Webstream.Gateway.Tests.csproj \
    --filter 'FullyQualifiedName~Tests.Listening|FullyQualifiedName~Tests.Clients'
fi
for script in tests/scripts/*.sh; do
  if [ -x "$script" ]; then run_script "$script"; fi
done
finish
