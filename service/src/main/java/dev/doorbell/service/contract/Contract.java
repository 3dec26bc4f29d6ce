package dev.doorbell.service.contract;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.OpenAPIVersion;
import io.vertx.openapi.contract.impl.OpenAPIContractImpl;
import io.vertx.openapi.impl.OpenAPIFormatValidator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The contract of this build. */
public final class Contract {
  private static final String RESOURCE = "/contract.json";

  private Contract() {}

  /** What the build has left of the document. */
  public static JsonObject document() {
    try (InputStream in = Contract.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the class path: build again");
      }
      return new JsonObject(Buffer.buffer(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Loads the contract; takes a fraction of a second, so not on an event loop.
   *
   * <p>Without looking whether it is one, which {@link OpenAPIContract#from} does each time: for
   * that it reads a dozen schemas of schemas, through files that it unpacks, in twice the time, and
   * keeps them. A test does so instead, the document being that of the build.
   */
  public static OpenAPIContract load() {
    JsonObject document = document();
    SchemaRepository schemas =
        SchemaRepository.create(
            new JsonSchemaOptions()
                .setDraft(Draft.DRAFT202012)
                .setBaseUri("app://")
                .setOutputFormat(OutputFormat.Basic),
            new OpenAPIFormatValidator());
    schemas.dereference(JsonSchema.of(document));
    return new OpenAPIContractImpl(schemas.resolve(document), OpenAPIVersion.V3_1, schemas);
  }
}
