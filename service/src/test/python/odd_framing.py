"""Odd but legal HTTP/2 framing, and some that is not, with python3-h2's parts: python3 odd_framing.py PORT

Frames are made and taken apart by hyperframe, headers by hpack, so that nothing of the service's own
HTTP is in use. Each check has a connection of its own; a failed one ends the run with status 1.
"""

import hashlib
import random
import socket
import sys

from hpack import Decoder, Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

DATA = "/v1/namespaces/nvme0n1/data"
DEADLINE = 60
RANDOM = random.Random(7)


class Connection:
    """Prior knowledge; settings are acknowledged, windows are the caller's business."""

    def __init__(self, port, settings=None, window=1 << 30):
        self.socket = socket.create_connection(("127.0.0.1", port), DEADLINE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.encoder = Encoder()
        self.decoder = Decoder()
        self.streams = {}
        self.goaway = None
        self.pongs = []
        self.cut = False  # By a reset, or in the middle of a frame.
        self.received = b""
        first = SettingsFrame(0)
        first.settings = settings or {SettingsFrame.INITIAL_WINDOW_SIZE: 1 << 20}
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.send(first)
        if window:
            self.update(0, window)

    def send(self, *frames):
        self.socket.sendall(b"".join(f.serialize() for f in frames))

    def update(self, stream, window):
        self.send(WindowUpdateFrame(stream, window_increment=window))

    def block(self, method, path=DATA, **headers):
        pseudo = [(":method", method), (":path", path), (":scheme", "http"), (":authority", "x")]
        return self.encoder.encode(
            pseudo + [(k.replace("_", "-"), v) for k, v in headers.items()], huffman=True
        )

    def headers(self, stream, block, end=False, **fields):
        frame = HeadersFrame(stream, block, **fields)
        frame.flags.add("END_HEADERS")
        if end:
            frame.flags.add("END_STREAM")
        return frame

    def data(self, stream, payload, end=False, padding=None):
        frame = DataFrame(stream, payload)
        if padding is not None:
            frame.flags.add("PADDED")
            frame.pad_length = padding
        if end:
            frame.flags.add("END_STREAM")
        return frame

    def bytes(self, n):
        while len(self.received) < n:
            try:
                more = self.socket.recv(1 << 16)
            except ConnectionResetError:
                self.cut = True
                return None
            if not more:
                self.cut |= len(self.received) > 0
                return None
            self.received += more
        head, self.received = self.received[:n], self.received[n:]
        return head

    def next(self):
        """Takes one frame in; None at the end of the connection."""
        head = self.bytes(9)
        if head is None:
            return None
        frame, length = Frame.parse_frame_header(memoryview(head))
        body = self.bytes(length)
        if body is None:
            self.cut = True
            return None
        frame.parse_body(memoryview(body))
        if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            ack = SettingsFrame(0)
            ack.flags.add("ACK")
            try:
                self.send(ack)
            except ConnectionError:
                self.cut = True  # What the service said before is still to be read.
        elif isinstance(frame, PingFrame):
            self.pongs.append(frame.opaque_data)
        elif isinstance(frame, GoAwayFrame):
            self.goaway = frame.error_code
        elif frame.stream_id:
            answer = self.streams.setdefault(frame.stream_id, Answer())
            answer.take(frame, self.decoder)
        return frame

    def answer(self, stream):
        """Waits for the end of an answer, be it a reset."""
        while not self.streams.setdefault(stream, Answer()).done:
            assert self.next() is not None, f"closed before stream {stream} had its answer"
        return self.streams[stream]

    def until_closed(self):
        while self.next() is not None:
            pass
        return self.goaway

    def ping(self):
        self.send(PingFrame(0, b"are you?"))
        while b"are you?" not in self.pongs:
            assert self.next() is not None, "closed instead of answering a ping"
        self.pongs.clear()


class Answer:
    def __init__(self):
        self.status = None
        self.headers = {}
        self.body = b""
        self.reset = None
        self.done = False
        self.frames = []

    def take(self, frame, decoder):
        if isinstance(frame, HeadersFrame):
            assert "END_HEADERS" in frame.flags
            headers = dict(decoder.decode(frame.data))
            if headers[":status"].startswith("1"):
                return
            self.headers = headers
            self.status = int(headers[":status"])
        elif isinstance(frame, DataFrame):
            self.body += frame.data
            self.frames.append(len(frame.data))
        elif isinstance(frame, RstStreamFrame):
            self.reset = frame.error_code
            self.done = True
        if "END_STREAM" in frame.flags:
            self.done = True


def read(port, first, length):
    c = Connection(port)
    c.send(c.headers(1, c.block("GET", range=f"bytes={first}-{first + length - 1}"), end=True))
    answer = c.answer(1)
    assert answer.status == 206, answer.status
    return answer.body


def content(length):
    return RANDOM.randbytes(length)


def written(port, first, body):
    """Whether the drive has these bytes there, by checksum."""
    return hashlib.sha256(read(port, first, len(body))).digest() == hashlib.sha256(body).digest()


def empty_data_frames_between_the_bytes_of_a_body(port):
    c, body = Connection(port), content(5000)
    c.send(c.headers(1, c.block("PUT", content_range="bytes 1000-5999/*")))
    for at in range(0, len(body), 500):
        c.send(c.data(1, b""), c.data(1, body[at : at + 500]), c.data(1, b""))
    c.send(c.data(1, b"", end=True))
    assert c.answer(1).status == 204
    assert written(port, 1000, body)


def padding_on_every_frame(port):
    c, body = Connection(port), content(9000)
    head = c.headers(1, c.block("PUT", content_range="bytes 0-8999/*", content_length="9000"))
    head.flags.add("PADDED")
    head.pad_length = 255
    c.send(head)
    for at in range(0, 9000, 1000):
        c.send(c.data(1, body[at : at + 1000], end=at == 8000, padding=at // 1000 * 31))
    assert c.answer(1).status == 204
    assert written(port, 0, body)


def one_byte_to_a_frame(port):
    c, body = Connection(port), content(700)
    c.send(c.headers(1, c.block("PUT", content_range="bytes 100-799/*")))
    for i, byte in enumerate(body):
        c.send(c.data(1, bytes([byte]), end=i == len(body) - 1))
    assert c.answer(1).status == 204
    assert written(port, 100, body)


def a_window_of_one_byte(port):
    body = content(300)
    assert put(Connection(port), 1, 40_000, body).status == 204
    c = Connection(port, {SettingsFrame.INITIAL_WINDOW_SIZE: 0})
    c.send(c.headers(1, c.block("GET", range="bytes=40000-40299"), end=True))
    answer = c.streams.setdefault(1, Answer())
    while not answer.done:
        had = len(answer.body)
        c.update(1, 1)
        while len(answer.body) == had and not answer.done:
            assert c.next() is not None
    assert answer.frames == [1] * 300 or answer.frames == [1] * 300 + [0], answer.frames
    assert answer.body == body


def put(c, stream, first, body, **headers):
    content_range = f"bytes {first}-{first + len(body) - 1}/*"
    c.send(c.headers(stream, c.block("PUT", content_range=content_range, **headers)))
    for at in range(0, len(body), 16384):
        c.send(c.data(stream, body[at : at + 16384], end=at + 16384 >= len(body)))
    return c.answer(stream)


def a_window_that_shrinks_below_zero(port):
    body = content(60_000)
    assert put(Connection(port), 1, 0, body).status == 204
    c = Connection(port, {SettingsFrame.INITIAL_WINDOW_SIZE: 20_000})
    c.send(c.headers(1, c.block("GET", range="bytes=0-59999"), end=True))
    answer = c.streams.setdefault(1, Answer())
    while len(answer.body) < 20_000:
        assert c.next() is not None
    smaller = SettingsFrame(0)
    smaller.settings = {SettingsFrame.INITIAL_WINDOW_SIZE: 100}
    c.send(smaller)
    c.ping()
    assert len(answer.body) == 20_000
    c.update(1, 100_000)
    assert c.answer(1).body == body


def headers_in_many_continuations(port):
    c, body = Connection(port), content(512)
    block = c.block("PUT", content_range="bytes 512-1023/*", x_long="y" * 3000)
    head = HeadersFrame(1, block[:1])
    # The service takes a few small ones; more are a known attack.
    parts = [ContinuationFrame(1, block[at : at + 250]) for at in range(1, len(block), 250)]
    parts[-1].flags.add("END_HEADERS")
    c.send(head, *parts, c.data(1, body, end=True))
    assert c.answer(1).status == 204
    assert written(port, 512, body)


def a_flood_of_small_continuations_ends_the_connection_only(port):
    c = Connection(port)
    c.send(HeadersFrame(1, c.block("GET")[:1]))
    try:
        for _ in range(10_000):
            c.send(ContinuationFrame(1, b""))
        assert c.until_closed() == 11, c.goaway
    except ConnectionError:
        pass
    assert len(read(port, 0, 10)) == 10


def trailers_after_a_body(port):
    c, body = Connection(port), content(2000)
    c.send(c.headers(1, c.block("PUT", content_range="bytes 7-2006/*")), c.data(1, body))
    c.send(c.headers(1, c.encoder.encode([("x-checksum", "none")]), end=True))
    assert c.answer(1).status == 204
    assert written(port, 7, body)


def trailers_do_not_make_a_short_body_whole(port):
    before = read(port, 0, 4096)
    c = Connection(port)
    c.send(c.headers(1, c.block("PUT", content_range="bytes 0-4095/*")), c.data(1, content(4000)))
    c.send(c.headers(1, c.encoder.encode([("x-checksum", "none")]), end=True))
    answer = c.answer(1)
    assert answer.status == 400 or answer.reset is not None, answer.status
    assert read(port, 0, 4096) == before


def a_reset_in_the_middle_of_a_body(port):
    before = read(port, 0, 65536)
    c = Connection(port)
    c.send(c.headers(1, c.block("PUT", content_range="bytes 0-65535/*")), c.data(1, content(9999)))
    c.send(RstStreamFrame(1, error_code=8))
    c.ping()
    assert put(c, 3, 70_000, b"after").status == 204
    assert read(port, 0, 65536) == before
    assert written(port, 70_000, b"after")


def a_reset_in_the_middle_of_an_answer(port):
    c = Connection(port, {SettingsFrame.INITIAL_WINDOW_SIZE: 1000})
    c.send(c.headers(1, c.block("GET"), end=True))
    while not c.streams.setdefault(1, Answer()).body:
        assert c.next() is not None
    c.send(RstStreamFrame(1, error_code=8))
    c.ping()
    c.send(c.headers(3, c.block("GET", range="bytes=0-99"), end=True))
    assert len(c.answer(3).body) == 100


def priorities_that_nobody_needs(port):
    c = Connection(port)
    for stream in range(1, 200, 2):
        c.send(PriorityFrame(stream, depends_on=0, stream_weight=stream % 255, exclusive=stream % 4 == 1))
    c.send(PriorityFrame(5, depends_on=7), PriorityFrame(7, depends_on=5))
    head = c.headers(201, c.block("GET", range="bytes=0-9"), end=True, depends_on=199, stream_weight=3)
    head.flags.add("PRIORITY")
    c.send(head)
    assert len(c.answer(201).body) == 10


def settings_again_and_again(port):
    c = Connection(port)
    for i in range(100):
        frame = SettingsFrame(0)
        frame.settings = {SettingsFrame.INITIAL_WINDOW_SIZE: 65_535 + i, 0xF0F0: i}
        c.send(frame)
    c.send(c.headers(1, c.block("GET", range="bytes=0-9"), end=True))
    assert len(c.answer(1).body) == 10


def a_table_of_headers_that_grows_and_goes(port):
    c = Connection(port)
    for i in range(60):
        c.encoder.header_table_size = (0, 4096, 100)[i % 3]
        stream = 2 * i + 1
        c.send(c.headers(stream, c.block("GET", range=f"bytes={i}-{i}", **{f"x-{i}": "v" * 30}), end=True))
        assert c.answer(stream).status == 206


def frames_of_unknown_types(port):
    c = Connection(port)
    unknown = b"\x00\x00\x03\x77\xff\x00\x00\x00\x00abc" + b"\x00\x00\x00\xef\x00\x00\x00\x00\x01"
    c.socket.sendall(unknown)
    c.send(c.headers(1, c.block("GET", range="bytes=0-9"), end=True))
    c.socket.sendall(unknown)
    assert len(c.answer(1).body) == 10


def a_hundred_streams_at_once_end_in_their_own_bytes(port):
    body = content(100_000)
    assert put(Connection(port), 1, 0, body).status == 204
    c = Connection(port)
    for i in range(100):
        c.send(c.headers(2 * i + 1, c.block("GET", range=f"bytes={i * 1000}-{i * 1000 + 999}"), end=True))
    for i in range(100):
        assert c.answer(2 * i + 1).body == body[i * 1000 : i * 1000 + 1000], i


def data_on_a_stream_that_never_was(port):
    c = Connection(port)
    c.send(c.data(99, b"x" * 100, end=True))
    assert c.until_closed() == 1, c.goaway


def a_body_longer_than_its_length(port):
    before = read(port, 0, 4096)
    c = Connection(port)
    c.send(
        c.headers(1, c.block("PUT", content_range="bytes 0-4095/*", content_length="4096")),
        c.data(1, content(5000), end=True),
    )
    answer = c.answer(1)
    assert answer.reset == 1 or answer.status == 400, (answer.reset, answer.status)
    assert read(port, 0, 4096) == before


def a_flood_of_resets_ends_the_connection_only(port):
    c = Connection(port)
    try:
        for i in range(1000):
            stream = 2 * i + 1
            c.send(c.headers(stream, c.block("GET"), end=True), RstStreamFrame(stream, error_code=8))
        # Behind answers that are not read meanwhile, the last word may be cut off with them.
        assert c.until_closed() == 11 or (c.goaway is None and c.cut), c.goaway
    except ConnectionError:
        pass
    assert len(read(port, 0, 10)) == 10


CHECKS = [
    empty_data_frames_between_the_bytes_of_a_body,
    padding_on_every_frame,
    one_byte_to_a_frame,
    a_window_of_one_byte,
    a_window_that_shrinks_below_zero,
    headers_in_many_continuations,
    a_flood_of_small_continuations_ends_the_connection_only,
    trailers_after_a_body,
    trailers_do_not_make_a_short_body_whole,
    a_reset_in_the_middle_of_a_body,
    a_reset_in_the_middle_of_an_answer,
    priorities_that_nobody_needs,
    settings_again_and_again,
    a_table_of_headers_that_grows_and_goes,
    frames_of_unknown_types,
    a_hundred_streams_at_once_end_in_their_own_bytes,
    data_on_a_stream_that_never_was,
    a_body_longer_than_its_length,
    a_flood_of_resets_ends_the_connection_only,
]


def main():
    port = int(sys.argv[1])
    failed = 0
    for check in CHECKS:
        try:
            check(port)
            print("ok     " + check.__name__)
        except (AssertionError, OSError) as e:
            failed += 1
            print(f"FAILED {check.__name__}: {type(e).__name__}: {e}")
    print(f"{len(CHECKS)} checks, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
