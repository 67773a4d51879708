"""Another system that is told of events: a real server of this machine, which checks signatures by itself."""

import base64
import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Keeps what it was sent; answers with `statuses` in turn, then with 200, each time after `before_answer`."""

    def __init__(self, server):
        self.url = f"http://127.0.0.1:{server.server_port}/in"
        self.statuses, self.got, self.headers = [], [], {}
        self.before_answer = lambda: None

    @property
    def bodies(self):
        return [json.loads(body) for _headers, body in self.got]

    def signed_by(self, secret):
        """Tell of each message whether one of its signatures is by this secret, as a receiver's library does."""
        return [verifies(secret, headers, body) for headers, body in self.got]


def verifies(secret, headers, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split()


@contextmanager
def receiver():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            told.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            told.before_answer()
            self.send_response(told.statuses.pop(0) if told.statuses else 200)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"noted")

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Receiver(server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
