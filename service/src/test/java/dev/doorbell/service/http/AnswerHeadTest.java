package dev.doorbell.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.Test;

class AnswerHeadTest {
  private static final String DATE = "Sun, 06 Nov 1994 08:49:37 GMT";

  private final AnswerHead head = new AnswerHead();
  private final ByteBuf out = Unpooled.buffer(AnswerHead.MOST_BYTES, AnswerHead.MOST_BYTES);

  private Http2Headers decoded(int stream) throws Http2Exception {
    int length = out.readMedium();
    assertEquals(1, out.readByte(), "HEADERS");
    assertEquals(4, out.readByte(), "END_HEADERS, and a body follows");
    assertEquals(stream, out.readInt());
    assertEquals(length, out.readableBytes());
    return new DefaultHttp2HeadersDecoder(true).decodeHeaders(stream, out);
  }

  @Test
  void saysWhatPartOfWhatFollows() throws Http2Exception {
    head.write(out, 0x01020305, true, 4096, 8192, 1 << 30, DATE);
    Http2Headers headers = decoded(0x01020305);
    assertEquals("206", headers.status().toString());
    assertEquals("4096", headers.get("content-length").toString());
    assertEquals("bytes 4096-8191/1073741824", headers.get("content-range").toString());
    assertEquals("application/octet-stream", headers.get("content-type").toString());
    assertEquals("bytes", headers.get("accept-ranges").toString());
    assertEquals("no-store", headers.get("cache-control").toString());
    assertEquals(DATE, headers.get("date").toString());
    assertEquals(7, headers.size());
  }

  @Test
  void aWholeRepresentationHasNoContentRange() throws Http2Exception {
    head.write(out, 1, false, 0, 10, 10, DATE);
    Http2Headers headers = decoded(1);
    assertEquals("200", headers.status().toString());
    assertEquals("10", headers.get("content-length").toString());
    assertNull(headers.get("content-range"));
  }

  @Test
  void eachHeadHasTheDateOfItsTime() throws Http2Exception {
    head.write(out, 1, true, 0, 1, 10, DATE);
    out.clear();
    head.write(out, 3, true, 9, 10, 10, "Sun, 06 Nov 1994 08:49:38 GMT");
    Http2Headers headers = decoded(3);
    assertEquals("Sun, 06 Nov 1994 08:49:38 GMT", headers.get("date").toString());
    assertEquals("bytes 9-9/10", headers.get("content-range").toString());
  }

  @Test
  void theLargestNumbersFit() throws Http2Exception {
    long most = Long.MAX_VALUE;
    head.write(out, Integer.MAX_VALUE, true, most - 2, most, most, DATE);
    int free = out.writableBytes();
    assertFalse(free < AnswerHead.FRAME_HEADER, "room for the header of a frame of data");
    assertEquals(
        "bytes 9223372036854775805-9223372036854775806/9223372036854775807",
        decoded(Integer.MAX_VALUE).get("content-range").toString());
  }

  @Test
  void leavesTheTablesOfTheConnectionAlone() throws Http2Exception {
    DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true);
    decoder.maxHeaderTableSize(0);
    decoder.decodeHeaders(1, Unpooled.wrappedBuffer(new byte[] {0x20, (byte) 0x88}));
    head.write(out, 3, true, 0, 1, 10, DATE);
    out.skipBytes(AnswerHead.FRAME_HEADER);
    assertEquals("1", decoder.decodeHeaders(3, out).get("content-length").toString());
  }

  @Test
  void headersOfDataAreAsTheStandardHasThem() {
    AnswerHead.writeData(out, 5, 0x4000, false);
    AnswerHead.writeData(out, 7, 1, true);
    assertEquals("004000000000000005" + "000001000100000007", ByteBufUtil.hexDump(out));
  }
}
