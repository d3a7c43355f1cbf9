"""An application behind gateways, in raw sockets: right answers, refusals, silence, garbage, hanging up.

`python upstream.py PORT`.
"""

import json
import socket
import sys
import threading
import time


def answer(status: str, value: dict) -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


ANSWERS = {
    "ok": answer("200 OK", {"received": True}),
    "403": answer("403 Forbidden", {"error": "webhook signature does not match"}),
    "500": answer("500 Internal Server Error", {"message": "unhandled TypeError in webhook consumer"}),
}


def serve(sock: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return
        data += more
    path = data.split(b" ")[1].decode().rstrip("/")
    if path.endswith("hang"):
        time.sleep(30)
    elif path.endswith("garbage"):
        sock.sendall(b"*2\r\n$5\r\nhello\r\n$5\r\nworld\r\n")
    elif not path.endswith("close"):
        sock.sendall(ANSWERS.get(path.rpartition("/")[2], ANSWERS["ok"]))
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(1)
        try:
            while sock.recv(65536):
                pass
        except OSError:
            pass
    sock.close()


def main() -> None:
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
        while True:
            threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    main()
