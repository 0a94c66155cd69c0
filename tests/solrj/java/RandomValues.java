import java.nio.ByteBuffer;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.solr.common.EnumFieldValue;
import org.apache.solr.common.IteratorWriter;
import org.apache.solr.common.MapWriter;
import org.apache.solr.common.SolrDocument;
import org.apache.solr.common.SolrDocumentList;
import org.apache.solr.common.SolrInputDocument;
import org.apache.solr.common.util.ByteArrayUtf8CharSequence;
import org.apache.solr.common.util.NamedList;
import org.apache.solr.common.util.SimpleOrderedMap;

/** Random values of all types that JavaBinCodec knows. The same seed makes the same ones. */
final class RandomValues {
  private static final int DEEPEST = 4;
  private static final int SCALARS = 18;
  private static final int NESTED = 17;

  private final Random random;

  RandomValues(long seed) {
    random = new Random(seed);
  }

  Object value(int depth) {
    return depth >= DEEPEST || random.nextInt(SCALARS + NESTED) < SCALARS && depth > 0 ? scalar() : nested(depth + 1);
  }

  private Object scalar() {
    switch (random.nextInt(SCALARS)) {
      case 0: return null;
      case 1: return random.nextBoolean();
      case 2: return (byte) random.nextInt();
      case 3: return (short) random.nextInt();
      case 4: return integer();
      case 5: return wide();
      case 6: return fraction();
      case 7: return wideFraction();
      case 8: return new Date(wide());
      case 9: return bytes();
      case 10: return ByteBuffer.wrap(bytes());
      case 11: return new EnumFieldValue(integer(), text());
      case 12: return new EnumFieldValue(random.nextInt(40) - 20, null);
      case 13: return new ByteArrayUtf8CharSequence(wellFormed());
      case 14: return new AtomicInteger(integer());
      case 15: return new AtomicLong(wide());
      case 16: return new AtomicBoolean(random.nextBoolean());
      default: return text();
    }
  }

  private Object nested(int depth) {
    switch (random.nextInt(NESTED)) {
      case 0: return named(new NamedList<>(), depth);
      case 1: return named(new SimpleOrderedMap<>(), depth);
      case 2: return map(depth);
      case 3: return writer(map(depth));
      case 4: return new AbstractMap.SimpleEntry<>(value(depth), value(depth));
      case 5: return values(depth);
      case 6: return values(depth).toArray();
      case 7: return new LinkedHashSet<>(values(DEEPEST));
      case 8: return values(depth).iterator();
      case 9: return (Iterable<Object>) values(depth)::iterator;
      case 10: return (IteratorWriter) items -> { for (Object each : values(depth)) items.add(each); };
      case 11: return primitives();
      case 12: return document(depth);
      case 13: return documents(depth);
      case 14: return input(depth);
      case 15: return document(depth);
      default: return values(depth);
    }
  }

  private int integer() {
    int[] extremes = {0, 1, -1, 14, 15, 16, 2047, 2048, Integer.MAX_VALUE, Integer.MIN_VALUE};
    return random.nextBoolean() ? extremes[random.nextInt(extremes.length)] : random.nextInt() >> random.nextInt(32);
  }

  private long wide() {
    long[] extremes = {0, 1, -1, 14, 15, 16, (1L << 56) - 1, 1L << 56, Long.MAX_VALUE, Long.MIN_VALUE, Integer.MIN_VALUE};
    return random.nextBoolean() ? extremes[random.nextInt(extremes.length)] : random.nextLong() >> random.nextInt(64);
  }

  private float fraction() {
    float[] extremes = {0f, -0f, Float.NaN, Float.MIN_VALUE, Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    return random.nextBoolean() ? extremes[random.nextInt(extremes.length)] : Float.intBitsToFloat(random.nextInt());
  }

  private double wideFraction() {
    double[] extremes = {0d, -0d, Double.NaN, Double.MIN_VALUE, Double.MAX_VALUE, Double.NEGATIVE_INFINITY};
    return random.nextBoolean() ? extremes[random.nextInt(extremes.length)] : Double.longBitsToDouble(random.nextLong());
  }

  /** Most often a few, at times as many as need one more byte of a size, or two. */
  private int size(int most) {
    int[] edges = {30, 31, 32, 158, 159, 160};
    int size = random.nextInt(8) == 0 ? edges[random.nextInt(edges.length)] : random.nextInt(6);
    return Math.min(size, most);
  }

  private byte[] bytes() {
    byte[] bytes = new byte[size(200)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** At times with half a surrogate pair, and at times so long that JavaBinCodec takes another path. */
  private String text() {
    if (random.nextInt(400) == 0) return wellFormed().concat("ß".repeat(30000)).concat("\uD83D\uDE00");
    return random.nextInt(20) == 0 ? wellFormed() + (char) (0xD800 + random.nextInt(0x800)) : wellFormed();
  }

  private String wellFormed() {
    int[][] scripts = {{0x20, 0x7F}, {0, 0x100}, {0x370, 0x530}, {0x5D0, 0x700}, {0x4E00, 0x9FFF}, {0xE000, 0x10000}, {0x10000, 0x110000}};
    int[] script = scripts[random.nextInt(scripts.length)];
    StringBuilder text = new StringBuilder();
    for (int left = size(160); left > 0; left--) text.appendCodePoint(script[0] + random.nextInt(script[1] - script[0]));
    return text.toString();
  }

  /** Names come back, as those of fields do. */
  private String name() {
    return random.nextInt(3) > 0 ? "field_" + random.nextInt(60) : wellFormed();
  }

  private int width(int depth) {
    return size(depth < 3 ? 160 : 4) >> (depth > 2 ? 1 : 0);
  }

  private List<Object> values(int depth) {
    List<Object> values = new ArrayList<>();
    for (int left = width(depth); left > 0; left--) values.add(value(depth + 1));
    return values;
  }

  private NamedList<Object> named(NamedList<Object> list, int depth) {
    for (int left = width(depth); left > 0; left--) list.add(random.nextInt(20) == 0 ? null : name(), value(depth + 1));
    return list;
  }

  private Map<Object, Object> map(int depth) {
    Map<Object, Object> map = random.nextBoolean() ? new LinkedHashMap<>() : new HashMap<>();
    for (int left = width(depth); left > 0; left--) map.put(random.nextInt(4) == 0 ? scalar() : name(), value(depth + 1));
    return map;
  }

  private MapWriter writer(Map<Object, Object> map) {
    return entries -> {
      for (Map.Entry<Object, Object> each : map.entrySet()) {
        if (each.getKey() instanceof String) entries.put((String) each.getKey(), each.getValue());
      }
    };
  }

  private Object primitives() {
    int size = size(200);
    switch (random.nextInt(6)) {
      case 0: {
        float[] made = new float[size];
        for (int i = 0; i < size; i++) made[i] = fraction();
        return made;
      }
      case 1: {
        double[] made = new double[size];
        for (int i = 0; i < size; i++) made[i] = wideFraction();
        return made;
      }
      case 2: return random.ints(size).toArray();
      case 3: return random.longs(size).toArray();
      case 4: {
        short[] made = new short[size];
        for (int i = 0; i < size; i++) made[i] = (short) random.nextInt();
        return made;
      }
      default: {
        boolean[] made = new boolean[size];
        for (int i = 0; i < size; i++) made[i] = random.nextBoolean();
        return made;
      }
    }
  }

  private SolrDocument document(int depth) {
    SolrDocument document = new SolrDocument();
    for (int left = width(depth); left > 0; left--) document.setField(name(), value(depth + 1));
    if (depth < DEEPEST && random.nextInt(3) == 0) {
      for (int left = random.nextInt(3); left >= 0; left--) document.addChildDocument(document(depth + 1));
    }
    return document;
  }

  private SolrDocumentList documents(int depth) {
    SolrDocumentList list = new SolrDocumentList();
    list.setNumFound(wide());
    list.setStart(random.nextInt(40));
    list.setMaxScore(random.nextBoolean() ? fraction() : null);
    list.setNumFoundExact(random.nextBoolean());
    for (int left = width(depth); left > 0; left--) list.add(document(depth + 1));
    return list;
  }

  private SolrInputDocument input(int depth) {
    SolrInputDocument document = new SolrInputDocument();
    for (int left = width(depth); left > 0; left--) document.setField(name(), value(depth + 1));
    if (depth < DEEPEST && random.nextInt(3) == 0) {
      for (int left = random.nextInt(3); left >= 0; left--) document.addChildDocument(input(depth + 1));
    }
    return document;
  }
}
