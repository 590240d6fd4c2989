"""A model server of our own: any language and any protocol would do, as long as the routes of the YAML answer."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

WEIGHTS = json.loads(Path(os.environ["MODEL_FILE"]).read_text())


class Handler(BaseHTTPRequestHandler):
    """Two routes: health, and predict."""

    def do_GET(self):
        """Say that the server is alive."""
        self.answer(200 if self.path == "/health" else 404, {"status": "ok"})

    def do_POST(self):
        """Half of each instance, plus two."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(200, {"predictions": [WEIGHTS["a"] * x + WEIGHTS["b"] for x in body["instances"]]})

    def answer(self, status, content):
        """Send JSON."""
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(os.environ.get("PORT", "8501"))), Handler).serve_forever()
