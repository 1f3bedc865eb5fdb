#!/usr/bin/env bash
# The commands and configurations of docs/mcp, as written. Makes the packages besides, because the pages say how. In a copy of the
# checkout, because they build, and other tests run what was built here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for program in python3 npm node; do
  if ! command -v "$program" >/dev/null 2>&1; then
    echo "$program is not installed"
    exit 77
  fi
done
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tar -c --exclude=bin --exclude=obj --exclude=node_modules --exclude=./TestResults --exclude=./artifacts --exclude=./.git . | tar -x -C "$copy"
python3 "$copy/tests/docs/run.py"
