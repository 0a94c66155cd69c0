"""The dialect of Apache Solr."""
