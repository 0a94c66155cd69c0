#!/usr/bin/env bash
# Starts the engine of this image as its official image would: settings are variables with a dot in their names
# (discovery.type=single-node), options of the JVM come from OPENSEARCH_JAVA_OPTS, ES_JAVA_OPTS or SOLR_HEAP, and
# `solr-precreate NAME` makes a core. DISABLE_SECURITY_PLUGIN and xpack.security.enabled=false change nothing: there is no security.
set -euo pipefail
settings=()
while IFS='=' read -r -d '' name value; do
  # A setting's name has a dot, which bash cannot hold in a variable of its own.
  [[ ! $name =~ ^[a-z0-9_]+\.[a-z0-9_.]+$ ]] || settings+=("$name=$value")
done </proc/self/environ
case $ENGINE in
  opensearch)
    ENGINE_JAVA_OPTS=${OPENSEARCH_JAVA_OPTS:-} \
      exec /recipes/opensearch/start.sh 2 9200 "$DATA" /cache -Enetwork.host=0.0.0.0 ${settings[@]/#/-E} ;;
  elasticsearch)
    for each in ${settings[@]+"${settings[@]}"}; do set -- "$@" -E "$each"; done
    ENGINE_JAVA_OPTS=${ES_JAVA_OPTS:-} \
      exec /recipes/elasticsearch/start.sh 8 9200 "$DATA" /cache -E network.host=0.0.0.0 "$@" ;;
  solr)
    [ "${1:-}" != solr-precreate ] || shift
    ENGINE_HEAP=${SOLR_HEAP:-512m} ENGINE_JAVA_OPTS="-Dsolr.jetty.host=0.0.0.0 ${SOLR_OPTS:-}" \
      exec /recipes/solr/start.sh 9 8983 "$DATA" /cache "${@:1:1}" ;;
esac
