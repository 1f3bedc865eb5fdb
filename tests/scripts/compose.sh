#!/usr/bin/env bash
# Deploys the compose files for real, and lives through kills, scaling and restarts with 300 listeners (tests/compose/scenario.py).
#
# It runs on Debian and Ubuntu, as root: containers come from podman and podman-compose, which it installs, with storage and networks
# of its own. Base images and packages are kept between runs in ${XDG_CACHE_HOME:-~/.cache}/webstream-tests.
#
#   compose.sh           the whole test
#   compose.sh --env     makes the images and prints what a terminal needs to use them: eval "$(tests/scripts/compose.sh --env)"
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# What cannot be had is a failure where every test is required.
unavailable() {
  printf '%s\n' "$*"
  [ "${CI:-}" = true ] && exit 1
  exit 77
}

readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/webstream-tests
readonly project=webstream-test
began=$SECONDS
took() { printf '%s: %d s\n' "$1" $((SECONDS - began)); began=$SECONDS; }

install_engine() {
  local missing=() name
  for name in podman podman-compose runc redis-server python3; do command -v "$name" >/dev/null || missing+=("$name"); done
  [ -x /usr/lib/podman/netavark ] || missing+=(netavark)
  [ -x /usr/lib/podman/aardvark-dns ] || missing+=(aardvark-dns)
  command -v ip >/dev/null || missing+=(iproute2)
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || unavailable "Not installed: ${missing[*]}. The test of the compose files needs Debian's podman."
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq || true
  apt-get install -y -qq --no-install-recommends "${missing[@]}" iptables || unavailable "Could not be installed: ${missing[*]}"
}

# Its own: nothing of this machine's containers is touched, and what is left behind shows.
configure_engine() {
  cat >"$cache/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "$cache/networks"
CONF
  cat >"$cache/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$cache/images"
runroot = "/run/webstream-tests/$(cksum <<<"$cache" | cut -d' ' -f1)"
CONF
  export CONTAINERS_CONF=$cache/containers.conf CONTAINERS_STORAGE_CONF=$cache/storage.conf
  # The other format knows no health checks.
  export BUILDAH_FORMAT=docker
  podman info >/dev/null || unavailable "podman does not run on this machine."
}

make_images() {
  local name base=()
  mapfile -t base < <(tests/compose/base-images.sh "$cache")
  local -A of
  for name in "${base[@]}"; do of[${name%%=*}]=${name#*=}; done
  export WEBSTREAM_REDIS_IMAGE=${of[redis]}
  for name in silo gateway balancer; do
    podman build -q -f deploy/compose/Dockerfile --target "$name" -t "localhost/webstream-$name:test" \
      --build-arg "SDK_IMAGE=${of[sdk]}" --build-arg "RUNTIME_IMAGE=${of[runtime]}" --build-arg "CADDY_IMAGE=${of[caddy]}" . >/dev/null
  done
  export WEBSTREAM_SILO_IMAGE=localhost/webstream-silo:test WEBSTREAM_GATEWAY_IMAGE=localhost/webstream-gateway:test
  export WEBSTREAM_BALANCER_IMAGE=localhost/webstream-balancer:test
  promtool=${of[promtool]}
  base_size=$(podman image inspect --format '{{.Size}}' "${of[runtime]}")
}

show_sizes() {
  local name size
  for name in silo gateway balancer; do
    size=$(podman image inspect --format '{{.Size}}' "localhost/webstream-$name:test")
    case $name in
      balancer) printf '  image %s: %d MB\n' "$name" $((size / 1000000)) ;;
      *) printf '  image %s: %d MB, of which the runtime %d MB\n' "$name" $((size / 1000000)) $((base_size / 1000000)) ;;
    esac
  done
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

[ "$(id -u)" = 0 ] || unavailable "The test of the compose files runs containers, for which it has to be root."
if [ "${1:-}" = --env ]; then exec 3>&1 >&2; fi
mkdir -p "$cache"
# One run at a time: they share names and storage. What is started below does not hold it.
exec 9>"$cache/lock"
flock 9
install_engine
configure_engine
took "engine"
make_images
took "images"
if [ "${1:-}" = --env ]; then
  export -p | grep -E ' (CONTAINERS_[A-Z_]+|BUILDAH_FORMAT|WEBSTREAM_[A-Z]+_IMAGE)=' >&3
  exit 0
fi

(cd deploy/compose/observability && "$promtool" check config prometheus.yml)
python3 -m json.tool deploy/compose/observability/dashboards/webstream.json >/dev/null

# A run that was cut off may have left something.
for name in $project $project-single $project-secure; do
  mine=(-q --filter "label=com.docker.compose.project=$name")
  podman ps -a "${mine[@]}" | xargs -r podman rm -f -t 0 >/dev/null
  podman volume ls "${mine[@]}" | xargs -r podman volume rm >/dev/null
  podman network ls "${mine[@]}" | xargs -r podman network rm >/dev/null
done

export WEBSTREAM_TEST_PROJECT=$project
python3 tests/compose/single.py deploy/compose/compose.single.yaml "$(free_port)" 9>&-
took "one container"
python3 tests/compose/secure.py deploy/compose "$(free_port)" 9>&-
took "the cluster with certificates"
python3 tests/compose/scenario.py deploy/compose/compose.yaml "$(free_port)" 9>&-
took "the cluster"
show_sizes
# Layers of earlier builds; those of a week make the next build short.
podman image prune -f --filter until=168h >/dev/null
