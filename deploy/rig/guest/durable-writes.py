#!/usr/bin/env python3
"""Writes blocks through the service, notes every acknowledged one, and tells which of them are there.

durable-writes.py write URL LOG GENERATION   until the service is gone; 0 if any write was answered
durable-writes.py verify URL|IMAGE LOG...    0 if every block noted is there

No block is written twice, so what a lost service or power cut leaves half done is no matter.
"""

import hashlib
import http.client
import random
import sys
import threading
from urllib.parse import urlsplit

BLOCK = 4096
BLOCKS_OF_A_GENERATION = 8192
THREADS = 4


def content(block):
    return hashlib.sha256(b"block %d" % block).digest() * (BLOCK // 32)


class Writer(threading.Thread):
    def __init__(self, url, log, blocks):
        super().__init__()
        self.url, self.log, self.blocks = url, log, blocks
        self.acknowledged = 0
        self.answer = None

    def run(self):
        connection = http.client.HTTPConnection(self.url.netloc, timeout=30)
        try:
            for block in self.blocks:
                first = block * BLOCK
                headers = {"Content-Range": "bytes %d-%d/*" % (first, first + BLOCK - 1)}
                connection.request("PUT", self.url.path, content(block), headers)
                response = connection.getresponse()
                body = response.read()
                if response.status != 204:
                    self.answer = "%d %s" % (response.status, body)
                    return
                # One write call per line, and no buffer: a line that is there was acknowledged.
                self.log.write(b"%d\n" % block)
                self.acknowledged += 1
        except (OSError, http.client.HTTPException):
            pass  # the service is gone, which is the point


def write(url, log, generation):
    first = int(generation) * BLOCKS_OF_A_GENERATION
    blocks = list(range(first, first + BLOCKS_OF_A_GENERATION))
    random.Random(first).shuffle(blocks)
    with open(log, "ab", buffering=0) as file:
        writers = [Writer(urlsplit(url), file, blocks[i::THREADS]) for i in range(THREADS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    print("acknowledged: %d" % sum(w.acknowledged for w in writers))
    refused = [w.answer for w in writers if w.answer]
    if refused:
        sys.exit("refused: %s" % refused)
    if any(w.acknowledged == 0 for w in writers):
        sys.exit("a connection got no answer")


def reader(target):
    if not target.startswith("http://"):
        image = open(target, "rb")

        def of_image(block):
            image.seek(block * BLOCK)
            return image.read(BLOCK)

        return of_image
    url = urlsplit(target)
    connection = http.client.HTTPConnection(url.netloc, timeout=30)

    def of_service(block):
        first = block * BLOCK
        headers = {"Range": "bytes=%d-%d" % (first, first + BLOCK - 1)}
        connection.request("GET", url.path, headers=headers)
        return connection.getresponse().read()

    return of_service


def verify(target, *logs):
    blocks = []
    for log in logs:
        with open(log, "rb") as file:
            # A line without its end was being written when the machine died.
            blocks += [int(line) for line in file if line.endswith(b"\n")]
    read = reader(target)
    lost = [block for block in blocks if read(block) != content(block)]
    print("blocks: %d, lost: %d" % (len(blocks), len(lost)))
    if lost or not blocks:
        sys.exit("lost: %s" % lost[:20])


if __name__ == "__main__":
    {"write": write, "verify": verify}[sys.argv[1]](*sys.argv[2:])
