# shellcheck shell=bash
# Runs one part of the tests, and keeps what came of it: "passed failed skipped" in NAME.count, what to tell people in NAME.failed and
# NAME.skipped. So parts can run beside each other. For test.sh, which sets `results` and `say`.

hang=${hang:-5min}

# keep NAME PASSED FAILED SKIPPED
keep() { printf '%s %s %s\n' "$2" "$3" "$4" >"$results/$1.count"; }

# begin NAME: a part that ends without a word has failed.
begin() {
  keep "$1" 0 1 0
  say "$1: ended before it had counted" >"$results/$1.failed"
}

# fail NAME TEXT: one failure that no test counts.
fail() {
  keep "$1" 0 1 0
  printf '%s\n' "$2" >"$results/$1.failed"
}

last_lines() { tail -n 25 "$1" | sed 's/^/    /'; }

# What the runner says of the tests that failed, each with its first lines.
failed_tests() {
  awk '
    /^  Failed / { within = 1; lines = 0 }
    /^(Data collector|Results File|Attachments:|Test Run |The active test run|Passed!|Failed!|\[xUnit|  (Passed|Skipped) )/ { within = 0 }
    within && lines++ < 25 { print "  " $0 }
  ' "$1"
}

# Their names alone: the runner does not tell why.
skipped_tests() { sed -n 's/^\[xUnit[^]]*\] *\(.*\) \[SKIP\]$/  \1/p' "$1"; }

# run_project NAME PROJECT ARGUMENT...: the counts are those of the runner's last line.
run_project() {
  local name=$1 project=$2 log=$results/$1.log code=0 sum p=0 f=0 s=0 started=$SECONDS
  shift 2
  begin "$name"
  # Most of the time of these tests is starts of processes; without these two a start costs a fifth less.
  DOTNET_EnableWriteXorExecute=0 DOTNET_TieredPGO=0 dotnet test "$project" -c Release --no-build --results-directory "$results" \
    --blame-hang-timeout "$hang" --blame-hang-dump-type none "$@" >"$log" 2>&1 || code=$?

  sum=$(grep -E '^(Passed|Failed|Skipped)! +- Failed: ' "$log" | tail -n 1 || true)
  if [[ $sum =~ Failed:\ *([0-9]+),\ Passed:\ *([0-9]+),\ Skipped:\ *([0-9]+) ]]; then
    f=${BASH_REMATCH[1]} p=${BASH_REMATCH[2]} s=${BASH_REMATCH[3]}
  fi
  failed_tests "$log" >"$results/$name.failed"
  skipped_tests "$log" >"$results/$name.skipped"
  # A test host that crashed or hung has no result for the test that did it.
  if [ "$code" != 0 ] && { [ "$f" = 0 ] || grep -q '^Test Run Aborted' "$log"; }; then
    f=$((f + 1))
    { say "  $name: the run ended with exit code $code"; last_lines "$log"; } >>"$results/$name.failed"
  fi
  keep "$name" "$p" "$f" "$s"
  say "$name: $p passed, $f failed, $s skipped, $((SECONDS - started)) s"
}

# run_script SCRIPT: it passes with exit code 0, and is skipped with 77, its last line saying why.
run_script() {
  local name log code=0 started=$SECONDS
  name=$(basename "$1")
  log=$results/$name.log
  begin "$name"
  "$1" >"$log" 2>&1 || code=$?
  : >"$results/$name.failed"
  case $code in
    0) keep "$name" 1 0 0 ;;
    77)
      keep "$name" 0 0 1
      say "  $name: $(tail -n 1 "$log")" >"$results/$name.skipped"
      ;;
    *)
      keep "$name" 0 1 0
      { say "  $name: exit code $code"; last_lines "$log"; } >"$results/$name.failed"
      ;;
  esac
  say "$name: exit code $code, $((SECONDS - started)) s"
}

# Tells all of it, and ends with the sum.
finish() {
  local passed=0 failed=0 skipped=0 p f s code=0
  while read -r p f s; do
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  done < <(cat "$results"/*.count 2>/dev/null)
  if [ "$skipped" -gt 0 ]; then
    printf '\nSkipped:\n'
    cat "$results"/*.skipped
  fi
  if [ "$failed" -gt 0 ]; then
    printf '\nFailed:\n'
    cat "$results"/*.failed
    code=1
  elif [ "$passed" = 0 ]; then
    say "No test ran."
    code=1
  fi
  say "$passed passed, $failed failed, $skipped skipped"
  exit "$code"
}
