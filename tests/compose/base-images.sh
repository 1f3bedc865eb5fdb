#!/usr/bin/env bash
# Makes the base images that the deployment's images are built from, out of what this machine and its package mirror have: where
# registries cannot be reached there is nothing to pull. They are made like the public ones: the runtime without a shell, Redis and
# Caddy with busybox' (as in Alpine), each with nothing but the program and the libraries it is linked against.
#
#   base-images.sh CACHE     prints one line "NAME=IMAGE" each; made once for each version of what goes in. Besides, "promtool=PATH".
set -euo pipefail

cache=$1
# To be raised with a change of what the functions below make.
readonly recipe=1
dotnet_root=$(dirname "$(readlink -f "$(command -v dotnet)")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Unpacked, not installed: an installed Caddy would start on systems with services.
unpack() {
  local package=$1 debs=$cache/debs
  if [ ! -d "$debs/$package" ]; then
    mkdir -p "$debs"
    rm -f "$debs/${package}"_*.deb
    (cd "$debs" && apt-get download -q "$package" >&2)
    rm -rf "$debs/$package.part"
    dpkg -x "$debs/${package}"_*.deb "$debs/$package.part"
    mv "$debs/$package.part" "$debs/$package"
  fi
  printf '%s\n' "$debs/$package"
}

# The libraries that these files are linked against, at the places where the loader looks.
copy_libraries() {
  local root=$1 library
  shift
  while IFS= read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -nL "$library" "$root$library"
  done < <(for file in "$@"; do ldd "$file" 2>/dev/null || true; done | grep -oE '/[^ ]+\.so[^ ]*' | grep -v "^$dotnet_root" | sort -u)
}

copy_dotnet() {
  local root=$1 ssl
  mkdir -p "$root$dotnet_root" "$root/usr/bin"
  shift
  (cd "$dotnet_root" && cp -a --parents "$@" "$root$dotnet_root")
  ln -s "$dotnet_root/dotnet" "$root/usr/bin/dotnet"
  mapfile -t ssl < <(ldconfig -p | grep -oE '/.*/lib(ssl|crypto)\.so\.3$')
  for library in "${ssl[@]}"; do mkdir -p "$root$(dirname "$library")" && cp -nL "$library" "$root$library"; done
  copy_libraries "$root" "$dotnet_root/dotnet" "${ssl[@]}" $(find "$dotnet_root/shared" "$dotnet_root/host" -name '*.so')
  # The runtime looks there for its place first, wherever it is.
  mkdir -p "$root/etc/dotnet" && printf '%s\n' "$dotnet_root" >"$root/etc/dotnet/install_location"
}

copy_busybox() {
  local root=$1 busybox applet
  busybox=$(unpack busybox-static)/bin/busybox
  mkdir -p "$root/bin"
  cp "$busybox" "$root/bin/busybox"
  for applet in $("$busybox" --list); do [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"; done
}

common() {
  local root=$1
  mkdir -p "$root"/{etc/ssl/certs,tmp,proc,sys,dev,run,root}
  chmod 1777 "$root/tmp"
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\n' >"$root/etc/group"
  printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
}

make_sdk() {
  common "$1"
  copy_busybox "$1"
  copy_dotnet "$1" dotnet host shared packs sdk sdk-manifests
}

make_runtime() {
  common "$1"
  copy_dotnet "$1" dotnet host shared
}

make_redis() {
  local program
  common "$1"
  copy_busybox "$1"
  mkdir -p "$1/usr/bin" "$1/data"
  for program in redis-server redis-cli redis-check-aof; do
    cp -L "$(command -v "$program")" "$1/usr/bin/$program"
    copy_libraries "$1" "$(command -v "$program")"
  done
  # The public image's own.
  chown 999:1000 "$1/data"
}

make_caddy() {
  local caddy
  caddy=$(unpack caddy)/usr/bin/caddy
  common "$1"
  copy_busybox "$1"
  mkdir -p "$1/usr/bin"
  cp "$caddy" "$1/usr/bin/caddy"
  copy_libraries "$1" "$caddy"
}

version_of() {
  case $1 in
    sdk | runtime) dotnet --version; dotnet --list-runtimes ;;
    redis) redis-server --version ;;
    caddy) apt-cache policy caddy ;;
  esac
}

for name in sdk runtime redis caddy; do
  key=$({ echo "$recipe"; version_of "$name"; cat /etc/ssl/certs/ca-certificates.crt; } | sha256sum | cut -c1-16)
  image=localhost/webstream-base/$name:$key
  if ! podman image exists "$image"; then
    mkdir -p "$work/$name"
    "make_$name" "$work/$name"
    tar -C "$work/$name" --numeric-owner -c . | podman import -q \
      --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
      --change 'ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1' --change 'ENV HOME=/root' - "$image" >/dev/null
    rm -rf "${work:?}/$name"
    # Of an earlier version, if nothing is built on it any more.
    podman images --format '{{.Repository}}:{{.Tag}}' "localhost/webstream-base/$name" | grep -vxF "$image" | xargs -r podman rmi >/dev/null 2>&1 || true
  fi
  printf '%s=%s\n' "$name" "$image"
done
printf 'promtool=%s/usr/bin/promtool\n' "$(unpack prometheus)"
