#!/usr/bin/env bash
# A base image of Debian's own packages, for a Docker engine that can pull none: searchrerank-test/debian:local, with Python
# for the proxy's image, Java for the engines', and what the engines' health checks call. As root, with debootstrap.
#   base.sh CACHE_DIR     its file system is made once, into CACHE_DIR/debian.tar; it trusts whom this machine trusts
set -euo pipefail
die() { echo "base.sh: $*" >&2; exit 2; }

[ $# = 1 ] || die 'usage: base.sh CACHE_DIR'
mkdir -p "$1"
cache=$(cd "$1" && pwd)
image=searchrerank-test/debian:local
packages=ca-certificates,curl,wget,python3,python3-venv,python3-pip,ca-certificates-java,openjdk-17-jre-headless
authorities=/etc/ssl/certs/ca-certificates.crt
# Neither read nor run: 170 MB.
left_out=(var/cache/apt/* var/lib/apt/lists/* usr/share/doc/* usr/share/man/* usr/share/locale/*)

make_root() {
  command -v debootstrap >/dev/null || die 'debootstrap is missing (Debian: apt-get install debootstrap)'
  root=$(mktemp -d "$cache/.root-XXXXXX")
  trap 'rm -rf "$root"' EXIT
  debootstrap --variant=minbase --include="$packages" bookworm "$root" >"$cache/debootstrap.log" 2>&1 ||
    { tail -n 20 "$cache/debootstrap.log" >&2; die "debootstrap failed; $cache/debootstrap.log ends with the above"; }
  [ ! -e $authorities ] || cp $authorities "$root$authorities"
  tar -C "$root" "${left_out[@]/#/--exclude=./}" -cf "$cache/.debian.tar" .
  mv "$cache/.debian.tar" "$cache/debian.tar"
}

! docker image inspect $image >/dev/null 2>&1 || exit 0
[ -e "$cache/debian.tar" ] || make_root
docker import "$cache/debian.tar" $image >/dev/null
