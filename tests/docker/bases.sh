#!/usr/bin/env bash
# Base images made of Debian's own packages, for a Docker engine that can pull none. As root, with debootstrap.
#   bases.sh CACHE_DIR NAME...    NAME: python, java; imported as searchrerank-test/NAME-base:local
# Each is made once into CACHE_DIR. It trusts the authorities that this machine trusts.
set -euo pipefail
die() { echo "bases.sh: $*" >&2; exit 2; }

[ $# -ge 2 ] || die 'usage: bases.sh CACHE_DIR NAME...'
mkdir -p "$1"
cache=$(cd "$1" && pwd)
shift
authorities=/etc/ssl/certs/ca-certificates.crt

make_base() {
  local name=$1 packages=$2 root
  command -v debootstrap >/dev/null || die 'debootstrap is missing'
  root=$(mktemp -d "$cache/.root-XXXXXX")
  trap 'rm -rf "$root"' RETURN
  debootstrap --variant=minbase --include="ca-certificates,$packages" bookworm "$root" >"$cache/$name.log" 2>&1 ||
    { tail -n 20 "$cache/$name.log" >&2; die "debootstrap failed; $cache/$name.log ends with the above"; }
  [ ! -e $authorities ] || cp $authorities "$root$authorities"
  tar -C "$root" --exclude=./var/cache/apt/archives/* --exclude=./var/lib/apt/lists/* --exclude=./usr/share/doc/* \
    --exclude=./usr/share/man/* --exclude=./usr/share/locale/* -c . >"$root.tar"
  mv "$root.tar" "$cache/$name.tar"
}

for name; do
  case $name in
    python) packages=python3,python3-venv,python3-pip ;;
    java) packages=ca-certificates-java,openjdk-17-jre-headless ;;
    *) die "python or java, not '$name'" ;;
  esac
  image=searchrerank-test/$name-base:local
  ! docker image inspect "$image" >/dev/null 2>&1 || continue
  [ -e "$cache/$name.tar" ] || make_base "$name" "$packages"
  docker import "$cache/$name.tar" "$image" >/dev/null
  echo "$image"
done
