#!/usr/bin/env bash
# The images that the container suite needs, for a Docker engine that can pull none.
#   images.sh CACHE_DIR    builds searchrerank, and searchrerank-test/ENGINE:local of opensearch, elasticsearch and solr
# CACHE_DIR is the tests' cache (SEARCHRERANK_TEST_CACHE). pip finds its packages where this machine's pip does.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# = 1 ] || { echo 'usage: images.sh CACHE_DIR' >&2; exit 2; }
# The same for every docker: the one of Debian 12 has no other builder.
export DOCKER_BUILDKIT=0

"$here/base.sh" "$1/docker"
"$here/engine-image.sh" "$1" opensearch elasticsearch solr &
engines=$!
index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}
# The host's network, for an index that listens on this machine only.
docker build -q -f "$here/../../docker/Dockerfile" -t searchrerank --network host \
  --build-arg PYTHON_IMAGE=searchrerank-test/debian:local --build-arg PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
  ${index:+--build-arg PIP_INDEX_URL="$index"} "$here/../.." >/dev/null
wait $engines
