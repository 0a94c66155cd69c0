import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.solr.common.util.JavaBinCodec;
import org.noggit.JSONUtil;
import org.noggit.ObjectBuilder;

/**
 * What the tests ask of the JVM: a line of JSON on standard input is a command, and each has one line as its answer.
 *
 * <p>marshal {seed, count}: that many random values in javabin (base64). unmarshal {messages}: what JavaBinCodec reads of each.
 * Every other command is one for a client of SolrJ: see {@link Clients}.
 */
public final class SolrJ {

  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    System.setOut(System.err); // whatever a library prints is not an answer
    out.println("\"ready\"");
    out.flush();
    try (Clients clients = new Clients()) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(JSONUtil.toJSON(answer(clients, command(line)), -1));
        out.flush();
      }
    }
    System.exit(0); // some clients leave threads behind
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> command(String line) throws Exception {
    return (Map<String, Object>) ObjectBuilder.fromJSON(line);
  }

  @SuppressWarnings("unchecked")
  private static Object answer(Clients clients, Map<String, Object> command) {
    try {
      switch ((String) command.get("do")) {
        case "marshal":
          return marshalled((Long) command.get("seed"), (Long) command.get("count"));
        case "unmarshal":
          return unmarshalled((List<String>) command.get("messages"));
        default:
          return Map.of("answer", Description.of(clients.answer(command)));
      }
    } catch (Throwable e) {
      return Map.of("error", Description.ofError(e));
    }
  }

  private static List<String> marshalled(long seed, long count) throws Exception {
    List<String> messages = new ArrayList<>();
    for (long n = 0; n < count; n++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (JavaBinCodec codec = new JavaBinCodec()) {
        codec.marshal(new RandomValues(seed + n).value(0), out);
      }
      messages.add(Base64.getEncoder().encodeToString(out.toByteArray()));
    }
    return messages;
  }

  private static List<Object> unmarshalled(List<String> messages) throws Exception {
    List<Object> read = new ArrayList<>();
    for (String message : messages) {
      try (JavaBinCodec codec = new JavaBinCodec()) {
        read.add(Description.of(codec.unmarshal(Base64.getDecoder().decode(message))));
      }
    }
    return read;
  }
}
