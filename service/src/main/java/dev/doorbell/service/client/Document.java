package dev.doorbell.service.client;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * A JSON answer, as it came and as a tree of maps, lists, strings, numbers and booleans.
 *
 * @param text as it came
 */
public record Document(String text) {
  /**
   * The members of an object, in their order.
   *
   * @throws BrokenAnswerException if it is no object
   */
  public Map<String, Object> object() throws BrokenAnswerException {
    try {
      return new JsonObject(text).getMap();
    } catch (DecodeException e) {
      throw new BrokenAnswerException("the answer is no JSON object: " + beginning(), e);
    }
  }

  /**
   * The items of an array.
   *
   * @throws BrokenAnswerException if it is no array
   */
  @SuppressWarnings("unchecked")
  public List<Object> array() throws BrokenAnswerException {
    try {
      return new JsonArray(text).getList();
    } catch (DecodeException e) {
      throw new BrokenAnswerException("the answer is no JSON array: " + beginning(), e);
    }
  }

  private String beginning() {
    return text.length() > 200 ? text.substring(0, 200) + "…" : text;
  }
}
