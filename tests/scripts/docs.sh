#!/usr/bin/env bash
# The commands and configurations of docs/mcp, as written. Makes the packages besides, because the pages say how.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for program in python3 npm node; do
  if ! command -v "$program" >/dev/null 2>&1; then
    echo "$program is not installed"
    exit 77
  fi
done
exec python3 tests/docs/run.py
