#!/usr/bin/env bash
# Writes the locks of the images' packages anew. Run it after a change of Directory.Packages.props or of a project's packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# In a copy: the restored state of the working tree is another one, without locks.
cp -r --parents global.json Directory.Build.props Directory.Packages.props src/Webstream.*/*.csproj src/Webstream.*/*.targets "$work"
for project in Silo Gateway Mcp; do
  WebstreamLocks=true dotnet restore "$work/src/Webstream.$project" --force-evaluate -p:IsAotCompatible=false
done
mkdir -p deploy/compose/locks
cp "$work"/deploy/compose/locks/*.json deploy/compose/locks/
