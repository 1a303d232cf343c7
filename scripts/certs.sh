#!/bin/sh
# A certificate authority, a certificate for the broker, and passwords, for docker-compose.tls.yml: npm run certs
#   scripts/certs.sh [FOLDER] [NAME...]    FOLDER: deploy/tls. NAMEs the broker is called by: emqx localhost 127.0.0.1
# A folder that has certificates already is left as it is. For trials and closed networks: elsewhere use your own authority.
set -eu
folder=${1:-$(dirname "$0")/../deploy/tls}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- emqx localhost 127.0.0.1
days=825

command -v openssl >/dev/null || { echo "certs: openssl is not installed (Debian: apt-get install openssl)" >&2; exit 1; }
if [ -e "$folder/ca.pem" ]; then
  echo "certs: $folder has certificates already; remove it to make new ones" >&2
  exit 0
fi

names=
for name in "$@"; do
  case $name in
    *[!0-9.]*) kind=DNS ;;
    *) kind=IP ;;
  esac
  names="${names:+$names,}$kind:$name"
done

mkdir -p "$folder/broker"
cd "$folder"
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$days" -subj "/CN=flawline test authority" \
  -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.pem 2>/dev/null
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout broker/server.key -out server.csr 2>/dev/null
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$names" >server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days "$days" -extfile server.ext -out broker/server.pem 2>/dev/null
rm -f server.csr server.ext ca.srl

echo "user_id,password,is_superuser" >broker/users.csv
for user in flawline camera reader; do
  openssl rand -hex 24 | tr -d '\n' >"$user.password"
  echo "$user,$(cat "$user.password"),false" >>broker/users.csv
done

# The containers run as user 1000, who must read all but the authority's key.
if [ "$(id -u)" = 0 ]; then
  chown -R 1000:1000 broker ca.pem ./*.password
elif [ "$(id -u)" != 1000 ]; then
  chmod 755 . broker
  chmod 644 broker/* ca.pem ./*.password
  echo "certs: you are not user 1000, as whom the containers run: everybody on this machine can read keys and passwords in $folder" >&2
fi
echo "certs: made in $folder for $names; users flawline, camera, reader"
