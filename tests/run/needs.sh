# shellcheck shell=bash
# What the tests need besides the .NET SDK; on Debian and Ubuntu it is installed. For test.sh, which sets `results` and `say`.

has() { command -v "$1" >/dev/null 2>&1; }

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
  has curl || say curl
  has redis-server || say redis-server
  compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || [ -e /usr/lib/faketime/libfaketimeMT.so.1 ] || say libfaketime
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
    say "Not installed: ${packages[*]}. Install them and run this again to run every test." | tee "$results/needs.skipped"
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
