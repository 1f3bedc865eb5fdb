#!/usr/bin/env bash
# Puts the containers of one service on the image that is there now, one after the other: each ends properly, is made anew, and is
# waited for until it is healthy. Whoever listens at one comes back at another and resumes.
#
#   docker compose build && ./roll.sh silo && ./roll.sh gateway
#
# ENGINE=podman COMPOSE=podman-compose for podman.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
service=${1:?which service: silo or gateway}
engine=${ENGINE:-docker}
read -ra compose <<<"${COMPOSE:-docker compose}"
readonly patience=120

case $service in
  silo) health=(webstream-silo health) ;;
  gateway) health=(webstream-gateway health) ;;
  *) echo "roll.sh: silo or gateway" >&2; exit 2 ;;
esac

containers() {
  "$engine" ps --format '{{.Names}}' --filter "label=com.docker.compose.service=$service" \
    --filter "label=com.docker.compose.project=${COMPOSE_PROJECT_NAME:-webstream}" | sort
}

wait_healthy() {
  local container=$1 end=$((SECONDS + patience))
  until "$engine" exec "$container" "${health[@]}" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      echo "roll.sh: $container is not healthy after $patience s; the others were left as they are" >&2
      exit 1
    fi
    sleep 1
  done
}

mapfile -t old < <(containers)
[ ${#old[@]} -gt 0 ] || { echo "roll.sh: no $service runs" >&2; exit 1; }
# Not one is touched while another is not well.
for container in "${old[@]}"; do wait_healthy "$container"; done
for container in "${old[@]}"; do
  "$engine" stop -t 30 "$container" >/dev/null
  "$engine" rm "$container" >/dev/null
  "${compose[@]}" -p "${COMPOSE_PROJECT_NAME:-webstream}" up -d --no-build --no-deps --no-recreate --scale "$service=${#old[@]}" "$service"
  while read -r container; do wait_healthy "$container"; done < <(containers)
done
