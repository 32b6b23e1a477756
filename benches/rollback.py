#!/usr/bin/env python3
"""A rollback under load: from the command to the last request that is sent to the release that goes out, and how
many requests fail.

    cargo build --release -p tollgate
    python3 benches/rollback.py [--times 100] [--rate 2000]

Clients ask at a fixed rate, some of them for slow answers; each answer tells which release gave it. Both releases
run already, so this is the switch; how long a service takes to start is its own affair, and printed apart.
"""

import argparse
import json
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from proxy import BINARY, ROOT, release, run, tollgate, wait


class Clients:
    """Paced requests on kept connections; what was sent when, and who answered."""

    def __init__(self, port: int, rate: int, threads: int = 8):
        self.port, self.stopped = port, False
        self.failed, self.answered, self.new = 0, 0, 0.0
        self.lock = threading.Lock()
        pace = threads / rate
        self.threads = [threading.Thread(target=self.ask, args=(n, pace)) for n in range(threads)]
        self.threads += [threading.Thread(target=self.ask, args=(n, 0.05, "GET /slow")) for n in range(2)]
        for thread in self.threads:
            thread.start()

    def ask(self, number: int, pace: float, what: str = "POST /predict"):
        stream, due, count = None, time.perf_counter(), number
        while not self.stopped:
            count += 1
            body = b'{"a": %d}' % count
            request = b"%s HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (what.encode(), len(body), body)
            sent = time.perf_counter()
            try:
                if stream is None:
                    stream = socket.create_connection(("127.0.0.1", self.port), 20)
                    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                stream.sendall(request)
                answer = stream.recv(4096)
                well = answer.startswith(b"HTTP/1.1 200")
                score = float(answer.rsplit(b": ", 1)[1].rstrip(b"}")) if well else 0
            except (OSError, IndexError, ValueError):
                well, score, stream = False, 0, None
            with self.lock:
                self.answered += 1
                self.failed += not well
                if score >= 1:
                    self.new = max(self.new, sent)
            due += pace
            time.sleep(max(0, due - time.perf_counter()))

    def stop(self):
        self.stopped = True
        for thread in self.threads:
            thread.join()


def served(project: Path) -> str:
    status = json.loads(run(project, str(BINARY), "status", "--json"))
    return (status["environments"]["prod"]["stable"] or {}).get("release", "")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--times", type=int, default=100)
    arguments.add_argument("--rate", type=int, default=2000)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        service = directory / "service"
        subprocess.run(["cc", "-static", "-O2", "-pthread", "-D_GNU_SOURCE", "-w", "-o", service,
                        ROOT / "testkit/src/servers/service.c"], check=True)
        server, port = tollgate(directory, service)
        project = directory / "project"
        try:
            wait(port)
            old = served(project)
            began = time.perf_counter()
            release(project, "delay 0\nscore 1\n")
            while served(project) == old:
                time.sleep(0.01)
            print(f"a new release, from its commit until it serves: {time.perf_counter() - began:.2f} s")
            new = served(project)
            clients = Clients(port, asked.rate)
            time.sleep(2)
            took, before = [], clients.answered
            start = time.perf_counter()
            for _ in range(asked.times):
                asked_at = time.perf_counter()
                run(project, str(BINARY), "rollback", "prod", "--reason", "bench")
                time.sleep(0.15)
                with clients.lock:
                    took.append(max(0.0, clients.new - asked_at) * 1000)
                assert served(project) == old
                run(project, str(BINARY), "hold", "prod", new[:12], "--lift", "--reason", "bench")
                run(project, str(BINARY), "promote", "prod", new[:12])
                while served(project) != new:
                    time.sleep(0.01)
                time.sleep(0.05)
            seconds = time.perf_counter() - start
            rate = (clients.answered - before) / seconds
            clients.stop()
            took.sort()
            print(f"{len(took)} rollbacks at {rate:.0f} requests/s: median {statistics.median(took):.0f} ms, "
                  f"95 % {took[int(len(took) * 0.95) - 1]:.0f} ms, worst {took[-1]:.0f} ms; "
                  f"{clients.failed} of {clients.answered} requests failed")
            status = json.loads(run(project, str(BINARY), "status", "--json"))
            assert status["environments"]["prod"]["unwritten"] is None, "Git knows of every rollback"
            run(project, str(BINARY), "audit", "verify")
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


if __name__ == "__main__":
    main()
