"""Plays the API that a handler under test calls: it gives the answers that were recorded with the delivery."""

from __future__ import annotations

import http.server
import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from hookscope.api.directory import Api, known_apis
from hookscope.api.environment import variables
from hookscope.model.call import Call
from hookscope_relay.delivery import Answer

UNKNOWN = 501


@dataclass(frozen=True, slots=True)
class AskedOfApi:
    """One call that the handler made: `is_known` says that its answer was recorded."""

    api: str
    method: str
    target: str
    body: bytes
    is_known: bool


@dataclass(slots=True, eq=False)
class PlayedApi:
    """A server on loopback with the recorded answers; `asked` is what the handler has asked so far.

    A call is known by API, method and target. Where one was made several times its answers come in their order, the
    last one again and again. One that was not recorded gets 501.
    """

    calls: Sequence[Call]
    asked: list[AskedOfApi] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: defaultdict[tuple[str, str, str], list[Answer]] = defaultdict(list)
        for call in self.calls:
            if call.answer is not None:
                self._answers[call.api, call.method, call.target].append(call.answer)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    _lock: threading.Lock = field(init=False, repr=False)
    _answers: defaultdict[tuple[str, str, str], list[Answer]] = field(init=False, repr=False)
    _server: http.server.ThreadingHTTPServer = field(init=False, repr=False)
    _thread: threading.Thread = field(init=False, repr=False)

    @property
    def unknown(self) -> list[AskedOfApi]:
        """The calls that were not recorded."""
        return [one for one in self.asked if not one.is_known]

    def url(self, api: str) -> str:
        """Where the handler finds an API."""
        return f"http://127.0.0.1:{self.port}/{api}"

    @property
    def variables(self) -> dict[str, str]:
        """The environment that points clients here."""
        names = dict.fromkeys(call.api for call in self.calls)
        apis = [known_apis().get(name) or Api(name=name, base="") for name in names]
        return variables(apis, f"http://127.0.0.1:{self.port}")

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, method: str, path: str, body: bytes) -> Answer:
        """The answer to a call."""
        api, slash, rest = path.lstrip("/").partition("/")
        target = f"/{rest}" if slash else "/"
        with self._lock:
            answers = self._answers.get((api, method, target), [])
            self.asked.append(AskedOfApi(api, method, target, body, bool(answers)))
            if not answers:
                return Answer(
                    status=UNKNOWN, body=f"hookscope: no answer of {api} to {method} {target} was recorded\n".encode()
                )
            return answers.pop(0) if len(answers) > 1 else answers[0]


def _handler(played: PlayedApi) -> type[http.server.BaseHTTPRequestHandler]:
    class Playing(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            answer = played.take(self.command, self.path, body)
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

        def log_message(self, format: str, *args: object) -> None:
            """A test's output is the test's."""

    return Playing
