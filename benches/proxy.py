#!/usr/bin/env python3
"""The proxy beside nginx, HAProxy and Caddy (Debian packages): requests a second and latencies, on the same
service, the same machine and one run. Every one of Tollgate's requests is recorded; the others log nothing.

    cargo build --release -p tollgate
    python3 benches/proxy.py [--seconds 8] [--rounds 3]

Needs `wrk` and a C compiler; peers that are not installed are left out. The load and the services are on the
same two processors, so all figures are of a machine that is full.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("TOLLGATE", ROOT / "target/release/tollgate"))

PROJECT = """project: bench
steps:
  service:
    image:
      base: oci:base
      copy: {{ src/: src/ }}
      command: [/usr/bin/service]
      ports: [8080]
environments:
  prod:
    manifests: deploy
    target: {{ local: {{ listen: 127.0.0.1:{port} }} }}
    smoke: [{{ get: /health }}]
"""

NGINX = """
worker_processes 2; pid {dir}/nginx.pid; error_log {dir}/error.log; daemon off;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  upstream s {{ server 127.0.0.1:{to}; keepalive 256; }}
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://s; proxy_http_version 1.1;
    proxy_set_header Connection ""; }} }} }}
"""
HAPROXY = """
global
  nbthread 2
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  http-reuse always
frontend f
  bind 127.0.0.1:{port}
  default_backend b
backend b
  server s 127.0.0.1:{to}
"""
CADDY = """{{
  admin off
  auto_https off
}}
http://127.0.0.1:{port} {{
  reverse_proxy 127.0.0.1:{to}
}}
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait(port: int) -> None:
    for _ in range(600):
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as s:
                s.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                if b" 200 " in s.recv(64):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit(f"nobody answers on {port}")


def wrk(port: int, seconds: int, connections: int) -> dict:
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", "/dev/stdin",
               f"http://127.0.0.1:{port}/health"]
    script = 'done = function(s, l) io.write(string.format("RESULT %d %d %d %d %d %d\\n", s.requests, s.duration, l:percentile(50), l:percentile(99), l:percentile(99.9), s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout)) end'
    said = subprocess.run(command, input=script, capture_output=True, text=True, check=True).stdout
    requests, duration, p50, p99, p999, errors = map(int, re.search(r"RESULT (.*)", said)[1].split())
    return {"rps": requests / duration * 1e6, "p50": p50 / 1e3, "p99": p99 / 1e3,
            "p99.9": p999 / 1e3, "errors": errors}


def run(project: Path, *words: str) -> str:
    done = subprocess.run(words, cwd=project, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{words}: {done.stdout}{done.stderr}")
    return done.stdout


def release(project: Path, conf: str) -> None:
    """A release of the service that behaves so, promoted."""
    (project / "src/service.conf").write_text(conf)
    author = ("-c", "user.name=b", "-c", "user.email=b@example.org")
    run(project, "git", *author, "add", "-A")
    run(project, "git", *author, "commit", "-qm", "service")
    run(project, str(BINARY), "run", "service")
    run(project, str(BINARY), "promote", "prod")


def tollgate(directory: Path, service: Path) -> tuple[subprocess.Popen, int]:
    """A project whose one release is the service, served by Tollgate."""
    port, project = free_port(), directory / "project"
    (project / "src").mkdir(parents=True)
    (project / "deploy").mkdir()
    (project / "deploy/a.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - { name: a, image: \"bench:v1\" }\n")
    (project / "tollgate.yaml").write_text(PROJECT.format(port=port))
    base(project / "base", service)

    run(project, "git", "init", "-q", "-b", "main")
    release(project, "delay 0\n")
    server = subprocess.Popen([str(BINARY), "serve"], cwd=project, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    return server, port


def base(layout: Path, service: Path) -> None:
    """An OCI layout of one layer with the service in it."""
    import hashlib
    import io
    import tarfile

    blobs = layout / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, media: str) -> dict:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(data)}

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        data = service.read_bytes()
        for name in ("usr", "usr/bin"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        entry = tarfile.TarInfo("usr/bin/service")
        entry.size, entry.mode = len(data), 0o755
        tar.addfile(entry, io.BytesIO(data))
    layer = put(buffer.getvalue(), "application/vnd.oci.image.layer.v1.tar")
    config = put(json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                             "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}).encode(),
                 "application/vnd.oci.image.config.v1+json")
    manifest = put(json.dumps({"schemaVersion": 2,
                               "mediaType": "application/vnd.oci.image.manifest.v1+json",
                               "config": config, "layers": [layer]}).encode(),
                   "application/vnd.oci.image.manifest.v1+json")
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(json.dumps(
        {"schemaVersion": 2, "manifests": [
            {**manifest, "annotations": {"org.opencontainers.image.ref.name": "base"}}]}))


def peer(name: str, directory: Path, to: int) -> tuple[subprocess.Popen, int] | None:
    port = free_port()
    program = {"nginx": "nginx", "haproxy": "haproxy", "caddy": "caddy"}[name]
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if not found:
        return None
    text = {"nginx": NGINX, "haproxy": HAPROXY, "caddy": CADDY}[name]
    conf = directory / f"{name}.conf"
    conf.write_text(text.format(port=port, to=to, dir=directory))
    words = {"nginx": ["-c", str(conf), "-p", str(directory)], "haproxy": ["-f", str(conf)],
             "caddy": ["run", "--config", str(conf), "--adapter", "caddyfile"]}[name]
    return subprocess.Popen([found, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), port


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=int, default=8)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--connections", type=int, default=64)
    asked = arguments.parse_args()
    started = []
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        service = directory / "service"
        subprocess.run(["cc", "-static", "-O2", "-pthread", "-D_GNU_SOURCE", "-w", "-o", service,
                        ROOT / "testkit/src/servers/service.c"], check=True)
        (directory / "src").mkdir()
        (directory / "src/service.conf").write_text("delay 0\n")
        try:
            # The peers' service listens on its fixed port, on this machine's own network.
            plain = subprocess.Popen([service], cwd=directory, stdout=subprocess.DEVNULL)
            started.append(plain)
            wait(8080)
            contenders = {"the service itself": 8080}
            server, port = tollgate(directory, service)
            started.append(server)
            contenders["tollgate"] = port
            for name in ("nginx", "haproxy", "caddy"):
                found = peer(name, directory, 8080)
                if found:
                    started.append(found[0])
                    contenders[name] = found[1]
            for port in contenders.values():
                wait(port)
            results = {name: [] for name in contenders}
            for _ in range(asked.rounds):
                for name, port in contenders.items():
                    results[name].append(wrk(port, asked.seconds, asked.connections))
            print(f"{'':20}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'p99.9 ms':>10}{'errors':>8}")
            for name, rounds in results.items():
                middle = {key: statistics.median(it[key] for it in rounds) for key in rounds[0]}
                print(f"{name:20}{middle['rps']:12.0f}{middle['p50']:9.2f}{middle['p99']:9.2f}"
                      f"{middle['p99.9']:10.2f}{middle['errors']:8.0f}")
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()


if __name__ == "__main__":
    main()
