"""Small data sets in their authors' layouts, and a server of this machine that has them."""
import gzip
import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from tinytorch import dataloader

RNG = np.random.RandomState(0)
ARRAYS = [RNG.randint(0, 256, (7, 5, 5), np.uint8), np.arange(7, dtype=np.uint8),
          RNG.randint(0, 256, (3, 5, 5), np.uint8), np.arange(3, dtype=np.uint8)]
COUNT = 4                                                     # records in a file of our small CIFAR-10
NAMES = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
RECORDS = [np.column_stack([np.arange(COUNT) + number, RNG.randint(0, 256, (COUNT, 3072))]).astype(np.uint8)
           for number in range(6)]
CIFAR = "cifar-10-binary.tar.gz"
PLAY = b"First Citizen:\nBefore we proceed any further, hear me speak.\n"


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def archive(records: list[np.ndarray] = RECORDS) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, rows in zip(NAMES, records):
            entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            entry.size = rows.nbytes
            tar.addfile(entry, io.BytesIO(rows.tobytes()))
    return file.getvalue()


MNIST = {name: gzip.compress(idx(array), mtime=0) for name, array in zip(dataloader.MNIST_FILES, ARRAYS)}
ARCHIVE = archive()


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.split("/")[-1]
        self.server.asked.append(name)
        content = self.server.files.get(name)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write((content or b"")[:self.server.cut.get(name)])

    def log_message(self, *args):
        pass


@contextmanager
def serve() -> Iterator[http.server.ThreadingHTTPServer]:
    """The server: `files` it has, `cut` says after how many bytes it hangs up, `asked` what was wanted from it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.files, server.asked, server.cut = {**MNIST, CIFAR: ARCHIVE, "input.txt": PLAY}, [], {}
    server.address = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
