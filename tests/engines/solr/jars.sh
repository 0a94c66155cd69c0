# Sourced, after ../common.sh and find_jdk: the jars of Solr's server, and so of SolrJ, once for each pom.xml.
# Takes `cache`, a folder, and MAVEN_REPO_LOCAL; sets `lib`, where `fetch_jars` puts them.

sum() { cksum < "$1" | tr ' ' -; }
jars_recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lib=$cache/jars-$(sum "$jars_recipe/pom.xml")

fetch_jars() { once "$cache" "$lib/.complete" download_jars; }
download_jars() {
  rm -rf "$lib"
  run_maven 'Solr 9.10.1' -f "$jars_recipe/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$lib"
  (cd "$lib" && sha256sum --quiet -c "$jars_recipe/jars.sha256") >&2 || die "the jars in $lib are not those of jars.sha256"
  touch "$lib/.complete"
}
