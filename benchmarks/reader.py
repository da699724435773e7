"""A process that reads pages all the time and says how long each took; started by `benchmarks.pressed`.

It ends when its standard input does, and then prints one JSON list: [when, path, milliseconds, status].
"""

import http.client
import itertools
import json
import sys
import threading
import time
from urllib.parse import urlsplit

PAUSE_S = 0.1


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    is_over = threading.Event()
    threading.Thread(target=_wait_for_the_end, args=(is_over,), daemon=True).start()
    print(json.dumps(read_pages(asked["url"], asked["paths"], asked["cookie"], is_over)))


def _wait_for_the_end(is_over: threading.Event) -> None:
    sys.stdin.read()
    is_over.set()


def read_pages(
    url: str, paths: list[str], cookie: str, is_over: threading.Event
) -> list[tuple[float, str, float, int]]:
    """Read one page after the other, each to its last byte."""
    host = urlsplit(url).netloc
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=30)
    times: list[tuple[float, str, float, int]] = []
    for path in itertools.cycle(paths):
        if is_over.wait(PAUSE_S):
            return times
        at, began = time.time(), time.perf_counter()
        connection.request("GET", path, headers={"Host": host, "Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        times.append((at, path, 1000 * (time.perf_counter() - began), answer.status))
    return times


if __name__ == "__main__":
    main()
