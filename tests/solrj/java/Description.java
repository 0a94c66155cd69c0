import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.solr.common.EnumFieldValue;
import org.apache.solr.common.SolrDocument;
import org.apache.solr.common.SolrDocumentList;
import org.apache.solr.common.SolrException;
import org.apache.solr.common.util.NamedList;

/** A value as JSON that tells its Java class and all that is in it: [class, content]; null is null. */
final class Description {

  static Object of(Object value) {
    return value == null ? null : Arrays.asList(value.getClass().getSimpleName(), content(value));
  }

  /** Numbers are text, so that JSON takes nothing from them. */
  private static Object content(Object value) {
    if (value instanceof Boolean || value instanceof CharSequence) return value.toString();
    if (value instanceof Number) return value.toString();
    if (value instanceof Date) return Long.toString(((Date) value).getTime());
    if (value instanceof byte[]) return Base64.getEncoder().encodeToString((byte[]) value);
    if (value instanceof EnumFieldValue) return List.of(((EnumFieldValue) value).toInt(), value.toString());
    if (value instanceof SolrDocumentList) return list((SolrDocumentList) value);
    if (value instanceof SolrDocument) return document((SolrDocument) value);
    if (value instanceof NamedList) return entries((NamedList<?>) value);
    if (value instanceof Map) return pairs(((Map<?, ?>) value));
    if (value instanceof List) return values((List<?>) value);
    throw new IllegalArgumentException("no description of " + value.getClass());
  }

  private static List<Object> values(List<?> values) {
    List<Object> told = new ArrayList<>();
    for (Object value : values) told.add(of(value));
    return told;
  }

  private static List<Object> entries(NamedList<?> entries) {
    List<Object> told = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) told.add(Arrays.asList(entries.getName(i), of(entries.getVal(i))));
    return told;
  }

  private static List<Object> pairs(Map<?, ?> pairs) {
    List<Object> told = new ArrayList<>();
    for (Map.Entry<?, ?> pair : pairs.entrySet()) told.add(Arrays.asList(of(pair.getKey()), of(pair.getValue())));
    return told;
  }

  private static Map<String, Object> document(SolrDocument document) {
    Map<String, Object> told = new LinkedHashMap<>();
    List<Object> fields = new ArrayList<>();
    for (String name : document.getFieldNames()) fields.add(Arrays.asList(name, of(document.getFieldValue(name))));
    told.put("fields", fields);
    told.put("children", document.hasChildDocuments() ? values(document.getChildDocuments()) : null);
    return told;
  }

  private static Map<String, Object> list(SolrDocumentList list) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("numFound", of(list.getNumFound()));
    told.put("start", of(list.getStart()));
    told.put("maxScore", of(list.getMaxScore()));
    told.put("numFoundExact", of(list.getNumFoundExact()));
    told.put("documents", values(list));
    return told;
  }

  /** The exception that the application catches, and what caused it. */
  static Map<String, Object> ofError(Throwable error) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("class", error.getClass().getSimpleName());
    told.put("message", error.getMessage());
    if (error instanceof SolrException) {
      told.put("code", ((SolrException) error).code());
      told.put("metadata", of(((SolrException) error).getMetadata()));
    }
    if (error.getCause() != null && error.getCause() != error) told.put("cause", ofError(error.getCause()));
    return told;
  }
}
