import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityResult;

/** Reads [{"writer", "reader"}] from standard input; writes Apache Avro's answer to each, in the same order, to standard output. */
final class AvroVerdicts {
  public static void main(String[] args) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode answers = mapper.createArrayNode();
    for (JsonNode pair : mapper.readTree(System.in)) {
      Schema writer = new Schema.Parser().parse(pair.get("writer").toString());
      Schema reader = new Schema.Parser().parse(pair.get("reader").toString());
      answer(answers.addObject(), reader, writer);
    }
    mapper.writeValue(System.out, answers);
  }

  private static void answer(ObjectNode answer, Schema reader, Schema writer) {
    try {
      SchemaCompatibilityResult result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getResult();
      answer.put("verdict", result.getCompatibility().name().toLowerCase());
      ArrayNode reasons = answer.putArray("reasons");
      for (Incompatibility reason : result.getIncompatibilities()) reasons.add(reason.getType() + " " + reason.getLocation());
    } catch (AvroRuntimeException thrown) {
      answer.put("verdict", "error").putArray("reasons").add(thrown.getClass().getSimpleName());
    }
  }
}
