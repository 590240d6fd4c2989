"""What stands in front of the inference server: nothing, nginx, the gateway. Each gives the URL to ask."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.launch import free_port, post, stop
from devkit.gateway.config import Authentication, Backend, GatewayConfig, Target, digest_of_key
from devkit.gateway.files import write_config
from devkit.gateway.process import start
from devkit.gateway.process import stop as stop_gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["KEY", "directly", "nginx", "nginx_version", "through_gateway"]

KEY = "a-key-of-the-bench"
READY_WITHIN_S = 10.0

NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  upstream server {{ server 127.0.0.1:{server}; keepalive 32; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://server; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


@contextlib.contextmanager
def directly(server: int) -> Iterator[str]:
    """Nothing in front."""
    yield f"http://127.0.0.1:{server}/score"


@contextlib.contextmanager
def nginx(server: int) -> Iterator[str]:
    """One nginx worker that passes everything on over kept connections; it checks no key and counts nothing."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-nginx-") as folder:
        config = Path(folder, "nginx.conf")
        config.write_text(NGINX.format(folder=folder, server=server, port=port), encoding="utf-8")
        process = subprocess.Popen(("nginx", "-p", folder, "-e", f"{folder}/error.log", "-c", str(config)))
        try:
            _wait(port)
            yield f"http://127.0.0.1:{port}/score"
        finally:
            stop(process)


@contextlib.contextmanager
def through_gateway(server: int) -> Iterator[str]:
    """The gateway with key, traffic over one deployment, limit, deadline, ids and counts, as every endpoint has it."""
    with tempfile.TemporaryDirectory(prefix="bench-gateway-") as name:
        folder, port = Path(name), free_port()
        target = Target(name="blue-1", host="127.0.0.1", port=server)
        config = GatewayConfig(
            endpoint="bench",
            revision=1,
            port=port,
            authentication=Authentication(keys=(digest_of_key(KEY),)),
            traffic={"blue": 100},
            backends={"blue": Backend(targets=(target,), max_concurrent_per_instance=16)},
        )
        write_config(folder, config)
        start(folder)
        try:
            yield f"http://127.0.0.1:{port}/score"
        finally:
            stop_gateway(folder)


def nginx_version() -> str | None:
    """The version of the nginx of this machine; None without one."""
    if shutil.which("nginx") is None:
        return None
    told = subprocess.run(("nginx", "-v"), capture_output=True, text=True, check=True).stderr
    return told.strip().rpartition("/")[2]


def _wait(port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            post(port, "/score")
            return
        time.sleep(0.01)
    raise TimeoutError(f"nothing listens on port {port}")
