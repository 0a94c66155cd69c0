#!/usr/bin/env bash
# Start the Java program of this folder, with SolrJ and JavaBinCodec of the Solr that the tests pin (this pid becomes the JVM's).
#   start.sh CACHE_DIR     CACHE_DIR is that of ../engines/solr/start.sh, which see for the environment
# It reads commands from standard input and answers on standard output: see java/SolrJ.java.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../engines/common.sh
. "$here/../engines/common.sh"
[ $# = 1 ] || die "CACHE_DIR is missing"
find_jdk 'SolrJ 9.10.1' 11
mkdir -p "$1"
cache=$(cd "$1" && pwd)
: "${MAVEN_REPO_LOCAL:=$cache/m2}"
# shellcheck source=../engines/solr/jars.sh
. "$here/../engines/solr/jars.sh"
classes=$cache/solrj-$(cat "$here"/java/*.java | cksum | tr ' ' -)

compile() {
  rm -rf "$classes"
  mkdir -p "$classes"
  "$JDK/bin/javac" --release 11 -nowarn -proc:none -cp "$lib/*" -d "$classes" "$here"/java/*.java >&2
  touch "$classes/.complete"
}
fetch_jars
once "$cache" "$classes/.complete" compile
exec "$JDK/bin/java" -Xmx256m -Xss2m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dfile.encoding=UTF-8 -Duser.timezone=UTC \
  -Dlog4j2.level=ERROR -cp "$classes:$lib/*" SolrJ
