"""The load generator for machines without wrk: threads on raw sockets. Slower than wrk, so the fastest look alike.

python -m benchmarks.load_python URL CONNECTIONS SECONDS [KEY]
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

from benchmarks.subject import BODY

TIMEOUT_S = 10.0


class Connection(threading.Thread):
    """Asks again and again until the end, on one connection for as long as the server keeps it."""

    def __init__(self, host: str, port: int, path: str, end: float, key: str | None) -> None:
        super().__init__(daemon=True)
        self.address, self.end = (host, port), end
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        head += f"Authorization: Bearer {key}\r\n" if key else ""
        self.request = f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY
        self.latencies: list[float] = []
        self.errors = 0

    def run(self) -> None:
        """Ask until the end."""
        stream: socket.socket | None = None
        while (begin := time.perf_counter()) < self.end:
            try:
                stream = stream or socket.create_connection(self.address, TIMEOUT_S)
                stream.sendall(self.request)
                keep = _read_answer(stream)
            except (OSError, ValueError):
                self.errors += 1
                keep = False
            else:
                self.latencies.append(time.perf_counter() - begin)
            if not keep and stream is not None:
                stream.close()
                stream = None
        if stream is not None:
            stream.close()


def _read_answer(stream: socket.socket) -> bool:
    """Read one answer; False when the server will close the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(stream)
    head, _, body = data.partition(b"\r\n\r\n")
    if head[9:10] != b"2":
        raise ValueError("not a 2xx answer")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if length is None:
        raise ValueError("no Content-Length")
    while len(body) < int(length[1]):
        body += _some(stream)
    return re.search(rb"(?i)\r\nconnection: *close", head) is None


def _some(stream: socket.socket) -> bytes:
    data = stream.recv(65536)
    if not data:
        raise ValueError("the server closed the connection in mid-answer")
    return data


def main(url: str, connections: int, seconds: float, key: str | None = None) -> int:
    """Send, and print the same JSON as the script for wrk."""
    parts = urlsplit(url)
    begin = time.perf_counter()
    threads = [
        Connection(parts.hostname or "127.0.0.1", parts.port or 80, parts.path, begin + seconds, key)
        for _ in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + TIMEOUT_S + 5)
    took = time.perf_counter() - begin
    latencies = sorted(each for thread in threads for each in thread.latencies)
    result = {
        "requests": len(latencies),
        "seconds": took,
        "p50_ms": percentile(latencies, 0.5) * 1e3,
        "p99_ms": percentile(latencies, 0.99) * 1e3,
        "errors": sum(thread.errors for thread in threads),
    }
    print(json.dumps(result))
    return 0


def percentile(ordered: list[float], share: float) -> float:
    """Give the value below which ``share`` of the ordered values lie; 0 of none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:5]))
