#!/usr/bin/env bash
# Makes what people install: the .NET tool package, and the bundle for Claude Desktop (.mcpb).
#
#   packaging/pack.sh                 the package, and the bundle for this machine's platform
#   packaging/pack.sh RID...          the package, and the bundles for these platforms: linux-x64, osx-arm64, win-x64, ...
#   packaging/pack.sh --all           the package, and all six bundles (some minutes and 400 MB)
#
# They come to artifacts/. The MCP server is compiled ahead of time where that can be done, which is on its own platform with a linker
# (clang or gcc, and zlib's headers); elsewhere it brings the .NET runtime along. Its gateway always does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly out=artifacts
readonly all=(linux-x64 linux-arm64 osx-x64 osx-arm64 win-x64 win-arm64)

say() { printf '%s\n' "$*"; }

own_platform() {
  local system machine
  case $(uname -s) in Linux) system=linux ;; Darwin) system=osx ;; *) system=win ;; esac
  case $(uname -m) in aarch64 | arm64) machine=arm64 ;; *) machine=x64 ;; esac
  say "$system-$machine"
}

can_compile_ahead() {
  [ "$1" = "$(own_platform)" ] || return 1
  case $1 in
    linux-*) { command -v clang || command -v gcc; } >/dev/null 2>&1 && [ -e /usr/include/zlib.h ] ;;
    osx-*) command -v clang >/dev/null 2>&1 ;;
    *) return 1 ;;
  esac
}

# Only what Claude Desktop's own platform names call it.
desktop_platform() {
  case $1 in linux-*) say linux ;; osx-*) say darwin ;; *) say win32 ;; esac
}

bundle() {
  local rid=$1 folder=$out/bundle-$1 program=webstream-mcp how
  rm -rf "$folder"
  mkdir -p "$folder"
  if can_compile_ahead "$rid"; then
    how=-p:PublishAot=true
  else
    how=--self-contained
  fi
  dotnet publish src/Webstream.Mcp -c Release -r "$rid" $how -p:GatewayRuntimeIdentifier="$rid" -p:DebugType=none -o "$folder/server" -v quiet -nologo
  rm -f "$folder"/server/*.dbg "$folder"/server/*.pdb "$folder"/server/*.xml
  case $rid in win-*) program=webstream-mcp.exe ;; esac
  node -e '
    const manifest = JSON.parse(require("fs").readFileSync("packaging/manifest.json", "utf8"));
    const [program, platform] = process.argv.slice(1);
    manifest.server.entry_point = `server/${program}`;
    manifest.server.mcp_config.command = `\${__dirname}/server/${program}`;
    manifest.compatibility.platforms = [platform];
    process.stdout.write(JSON.stringify(manifest, null, 2) + "\n");
  ' "$program" "$(desktop_platform "$rid")" >"$folder/manifest.json"
  cp LICENSE "$folder/"
  packaging/node_modules/.bin/mcpb validate "$folder/manifest.json"
  packaging/node_modules/.bin/mcpb pack "$folder" "$out/webstream-$rid.mcpb" >"$out/mcpb.log" || { cat "$out/mcpb.log"; return 1; }
  rm -rf "$folder" "$out/mcpb.log"
}

platforms=("$@")
case ${1:-} in
  "") platforms=("$(own_platform)") ;;
  --all) platforms=("${all[@]}") ;;
esac

mkdir -p "$out"
(cd packaging && npm ci --no-audit --no-fund --loglevel=error)
dotnet pack src/Webstream.Mcp -c Release -o "$out" -v quiet -nologo
for rid in "${platforms[@]}"; do
  bundle "$rid"
done
ls -l "$out"
