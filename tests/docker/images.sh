#!/usr/bin/env bash
# The images that the container suite needs, for a Docker engine that can pull none.
#   images.sh CACHE_DIR    builds searchrerank, and searchrerank-test/ENGINE:local of opensearch, elasticsearch and solr
#   images.sh variables    prints the shell commands by which the suite is told of them
# CACHE_DIR is the tests' cache (SEARCHRERANK_TEST_CACHE). pip finds its packages where this machine's pip does.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
authorities=/etc/ssl/certs/ca-certificates.crt
index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}
[ $# = 1 ] || { echo 'usage: images.sh CACHE_DIR | variables' >&2; exit 2; }

if [ "$1" = variables ]; then
  cat <<EOF
export DOCKER_BUILDKIT=0 TESTCONTAINERS_RYUK_DISABLED=true
export PYTHON_IMAGE=searchrerank-test/debian:local $([ ! -e $authorities ] || echo PIP_CERT=$authorities) ${index:+PIP_INDEX_URL=$(printf %q "$index")}
export OPENSEARCH_IMAGE=searchrerank-test/opensearch:local ELASTICSEARCH_IMAGE=searchrerank-test/elasticsearch:local
export SOLR_IMAGE=searchrerank-test/solr:local
EOF
  exit
fi

# The only builder that the docker of Debian 12 has; it says each time that it is an old one.
export DOCKER_BUILDKIT=0
"$here/base.sh" "$1/docker"
"$here/engine-image.sh" "$1" opensearch elasticsearch solr
# The host's network, for an index that listens on this machine only.
docker build -q -f "$root/docker/Dockerfile" -t searchrerank --network host \
  --build-arg PYTHON_IMAGE=searchrerank-test/debian:local --build-arg PIP_CERT=$authorities \
  ${index:+--build-arg PIP_INDEX_URL="$index"} "$root" >/dev/null
