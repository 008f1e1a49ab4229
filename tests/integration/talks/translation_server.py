"""A real HTTP server that speaks LibreTranslate's JSON, and can be slow, broken or rude."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BODIES = {
    "html": b"<html>Welcome</html>",
    "huge": b'{"translatedText": "' + b"x" * 2_000_000 + b'"}',
    "empty": b'{"translatedText": " "}',
    "number": b'{"translatedText": 7}',
    "half a character": b'{"translatedText": "\\ud800"}',
    "deep": b"[" * 500_000,
    "not Unicode": b'{"translatedText": "\xff"}',
}
"""Answers that are no translation."""


class TranslationServer:
    """Translates by writing the target language in front. `answers` queues what it does instead:
    a status, "slow", "redirect", or a key of `BODIES`. `languages` is what it says it knows."""

    def __init__(self) -> None:
        self.answers: list[int | str] = []
        self.asked: list[dict[str, Any]] = []
        self.languages: object = [{"code": code} for code in ("en", "zh", "th", "tl")]
        self.key = ""
        self.release = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(200, outer.languages)

            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                outer.answer(self, json.loads(self.rfile.read(size)))

            def reply(self, status: int, body: object, *, raw: bytes | None = None) -> None:
                content = raw if raw is not None else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                if status == 302:
                    self.send_header("Location", f"{outer.url}/elsewhere")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args: Any) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False  # so that stopping waits for the slow ones
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def answer(self, handler: Any, body: dict[str, Any]) -> None:
        """Answer one request."""
        self.asked.append(body)
        how = self.answers.pop(0) if self.answers else 200
        if self.key and body.get("api_key") != self.key:
            handler.reply(403, {"error": "Invalid API key"})
        elif how == "slow":
            self.release.wait(20)
            handler.close_connection = True
        elif how in BODIES:
            handler.reply(200, None, raw=BODIES[str(how)])
        elif how == "redirect":
            handler.reply(302, {})
        elif how != 200:
            handler.reply(int(how), {"error": "No"})
        else:
            handler.reply(200, {"translatedText": f"[{body['target']}] {body['q']}"})

    def stop(self) -> None:
        """Die."""
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
