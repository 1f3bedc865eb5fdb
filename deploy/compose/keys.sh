#!/usr/bin/env bash
# Makes what compose.secure.yaml needs, in the folder keys/: two authorities, a certificate for each service, the passwords of Redis.
#
#   sudo ./keys.sh       the first time; again at least once a year, for new certificates of the same authorities
#
# With rootless podman: podman unshare ./keys.sh. The keys belong to the containers' users, and nobody else may read them. No container
# gets keys/authority: keep that folder somewhere else, and put it back for the next run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
umask 077
readonly folder=${WEBSTREAM_KEYS:-keys} days=${WEBSTREAM_KEY_DAYS:-397}
readonly webstream=1654:1654 redis=999:1000

[ "$(id -u)" = 0 ] || { echo "keys.sh: it gives each key to the user of its container, and has to be root for that" >&2; exit 1; }
command -v openssl >/dev/null || { echo "keys.sh: openssl is not installed" >&2; exit 1; }
mkdir -p "$folder"/{authority,silo,gateway,redis}

# The authority of the silos and gateways, and that of Redis: with the key of one nobody can pretend to be the other.
authority() {
  local name=$1
  [ ! -e "$folder/authority/$name.pem" ] || return 0
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=webstream $name authority" \
    -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign \
    -keyout "$folder/authority/$name.key" -out "$folder/authority/$name.pem" 2>/dev/null
}

# Its certificate and key are put in place one after the other. A silo or gateway that looks in between goes on with those from before.
issue() {
  local authority=$1 service=$2 use=$3 work
  work=$(mktemp -d)
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$service" -keyout "$work/key.pem" -out "$work/request" 2>/dev/null
  printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature "extendedKeyUsage=$use" \
    "subjectAltName=DNS:$service,DNS:localhost,IP:127.0.0.1" >"$work/extensions"
  openssl x509 -req -in "$work/request" -CA "$folder/authority/$authority.pem" -CAkey "$folder/authority/$authority.key" \
    -set_serial "0x$(openssl rand -hex 16)" -days "$days" -extfile "$work/extensions" -out "$work/certificate.pem" 2>/dev/null
  mv "$work/certificate.pem" "$work/key.pem" "$folder/$service/"
  rm -r "$work"
}

password() {
  [ -e "$1" ] || openssl rand -hex 32 >"$1"
}

user() {
  local name=$1 file=$2
  shift 2
  printf 'user %s on #%s %s\n' "$name" "$(tr -d '\n' <"$file" | openssl dgst -sha256 -r | cut -d' ' -f1)" "$*"
}

authority cluster
authority redis
issue cluster silo serverAuth,clientAuth
issue cluster gateway serverAuth,clientAuth
issue redis redis serverAuth,clientAuth
cp "$folder"/authority/{cluster,redis}.pem "$folder/silo/"
cp "$folder"/authority/{cluster,redis}.pem "$folder/gateway/"
cp "$folder"/authority/{cluster,redis}.pem "$folder/redis/"
# Redis takes the certificates of silos and gateways, and its own, with which people in its container call it.
cat "$folder"/authority/{cluster,redis}.pem >"$folder/redis/clients.pem"

password "$folder/silo/redis-password"
password "$folder/gateway/redis-password"
password "$folder/redis/admin-password"
# What docs/operations.md says that they need. The user `default` is off, so that nobody is anybody without a password; but it keeps its
# rights, because Redis 7.0 reads its append-only file with them, and leaves out what they do not allow.
{
  echo 'user default off resetpass ~* &* +@all'
  echo 'user health on nopass resetchannels -@all +ping'
  user admin "$folder/redis/admin-password" '~* &* +@all'
  user webstream "$folder/silo/redis-password" 'resetchannels ~webstream:* ~webstream/*' \
    +ping +echo +info +eval +evalsha '+script|load' +time +hget +hset +hsetnx +hmset +hmget +hgetall +hexists +hdel +del +expire +pexpire \
    +xadd +xtrim +xrange +xrevrange +zadd +zrem +zcard +zscore +zrange +incrby +scan
  user webstream-gateway "$folder/gateway/redis-password" 'resetchannels ~webstream/members/*' +ping +echo +info +time +hsetnx +hgetall +del
} >"$folder/redis/users.acl"

chown -R "$webstream" "$folder/silo" "$folder/gateway"
chown -R "$redis" "$folder/redis"
chmod -R u=rwX,go= "$folder"
# The engine, and people, may look into the folder itself.
chmod 711 "$folder"
echo "keys.sh: certificates for $days days are in $(realpath "$folder")"
