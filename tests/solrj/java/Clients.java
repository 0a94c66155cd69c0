import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.solr.client.solrj.ResponseParser;
import org.apache.solr.client.solrj.SolrClient;
import org.apache.solr.client.solrj.SolrRequest;
import org.apache.solr.client.solrj.impl.BinaryResponseParser;
import org.apache.solr.client.solrj.impl.CloudHttp2SolrClient;
import org.apache.solr.client.solrj.impl.Http2SolrClient;
import org.apache.solr.client.solrj.impl.HttpJdkSolrClient;
import org.apache.solr.client.solrj.impl.XMLResponseParser;
import org.apache.solr.client.solrj.request.QueryRequest;
import org.apache.solr.client.solrj.request.SolrPing;
import org.apache.solr.client.solrj.request.json.JsonQueryRequest;
import org.apache.solr.common.SolrInputDocument;
import org.apache.solr.common.params.ModifiableSolrParams;

/**
 * SolrJ's clients, each made once for a server and an answer format, as an application does.
 *
 * <p>A command names client (jdk, http2, http2-default, cloud), wt (javabin, xml), url (with /solr) and collection. query {params, post}, json
 * {body}, add {documents}, commit, delete {query}, ping.
 */
final class Clients implements AutoCloseable {
  private final Map<String, SolrClient> made = new HashMap<>();

  Object answer(Map<String, Object> command) throws Exception {
    SolrClient client = client((String) command.get("client"), (String) command.get("wt"), (String) command.get("url"));
    String collection = (String) command.get("collection");
    switch ((String) command.get("do")) {
      case "query": {
        QueryRequest request =
            new QueryRequest(params(command.get("params")), command.get("post") != null ? SolrRequest.METHOD.POST : SolrRequest.METHOD.GET);
        if (command.get("path") != null) request.setPath((String) command.get("path"));
        return client.request(request, collection);
      }
      case "json":
        return client.request(new JsonQueryRequest(params(command.get("params"))).setQuery((String) command.get("query")), collection);
      case "add":
        return client.add(collection, documents(command.get("documents"))).getResponse();
      case "commit":
        return client.commit(collection).getResponse();
      case "delete":
        return client.deleteByQuery(collection, (String) command.get("query")).getResponse();
      case "ping":
        return new SolrPing().process(client, collection).getResponse();
      default:
        throw new IllegalArgumentException("no such command: " + command);
    }
  }

  @Override
  public void close() throws Exception {
    for (SolrClient client : made.values()) client.close();
  }

  private SolrClient client(String kind, String wt, String url) {
    return made.computeIfAbsent(kind + " " + wt + " " + url, key -> make(kind, wt, url));
  }

  private static SolrClient make(String kind, String wt, String url) {
    ResponseParser parser = wt.equals("xml") ? new XMLResponseParser() : new BinaryResponseParser();
    switch (kind) {
      case "jdk":
        return new HttpJdkSolrClient.Builder(url).withResponseParser(parser).build();
      case "http2":
        return new Http2SolrClient.Builder(url).useHttp1_1(true).withResponseParser(parser).build();
      case "http2-default":
        return new Http2SolrClient.Builder(url).withRequestTimeout(5, TimeUnit.SECONDS).withResponseParser(parser).build();
      case "cloud":
        return new CloudHttp2SolrClient.Builder(List.of(url))
            .withInternalClientBuilder(new Http2SolrClient.Builder().useHttp1_1(true))
            .withResponseParser(parser)
            .build();
      default:
        throw new IllegalArgumentException("no such client: " + kind);
    }
  }

  @SuppressWarnings("unchecked")
  private static ModifiableSolrParams params(Object given) {
    ModifiableSolrParams params = new ModifiableSolrParams();
    if (given == null) return params;
    for (Map.Entry<String, Object> each : ((Map<String, Object>) given).entrySet()) {
      List<Object> values = each.getValue() instanceof List ? (List<Object>) each.getValue() : List.of(each.getValue());
      for (Object value : values) params.add(each.getKey(), value.toString());
    }
    return params;
  }

  @SuppressWarnings("unchecked")
  private static List<SolrInputDocument> documents(Object given) {
    List<SolrInputDocument> documents = new ArrayList<>();
    for (Map<String, Object> each : (List<Map<String, Object>>) given) {
      SolrInputDocument document = new SolrInputDocument();
      each.forEach(document::addField);
      documents.add(document);
    }
    return documents;
  }
}
