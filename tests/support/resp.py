"""What the runners in Python share: a port that is free, a connection, a server that was started.

Replies are Python values: bytes, integers, None, lists; a status or an error is bytes that begin
with its sign.
"""

import socket
import subprocess
import time

START_SECONDS_MAX = 30
PIPELINE = 500


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def encode(*words):
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def is_error(reply):
    return isinstance(reply, bytes) and reply.startswith(b"-")


class Connection:
    """Ends with ConnectionError when the server is gone."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def read(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError
        kind, rest = line[:1], line[1:-2]
        if kind in b"+-":
            return line[:-2]
        if kind == b":":
            return int(rest)
        if int(rest) < 0:
            return None
        if kind == b"$":
            body = self.file.read(int(rest) + 2)
            if len(body) != int(rest) + 2:
                raise ConnectionError
            return body[:-2]
        return [self.read() for _ in range(int(rest))]

    def call(self, *words):
        self.send(encode(*words))
        return self.read()

    def must(self, *words):
        """A call whose reply is no error."""
        reply = self.call(*words)
        if is_error(reply):
            raise RuntimeError(f"{words[0]} {words[1:3]}: {reply.decode(errors='replace')}")
        return reply

    def must_all(self, calls):
        """Many of them, in pipelines."""
        for begin in range(0, len(calls), PIPELINE):
            part = calls[begin:begin + PIPELINE]
            self.send(b"".join(encode(*call) for call in part))
            for call in part:
                reply = self.read()
                if is_error(reply):
                    raise RuntimeError(f"{call[:2]}: {reply.decode(errors='replace')}")

    def close(self):
        self.file.close()
        self.socket.close()


def start(program, directory, *options):
    """A server in `directory`, which has its log; its process, its port, and a connection to it."""
    port = free_port()
    log_path = directory + "/server.log"
    with open(log_path, "ab") as log:
        process = subprocess.Popen([program, "--port", str(port), "--dir", directory, "--save", "", *options],
                                   stdout=log, stderr=log)
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until and process.poll() is None:
        try:
            connection = Connection(port)
            if connection.call("PING") == b"+PONG":
                # Another process may have taken the port in between.
                if b"process_id:%d\r" % process.pid in connection.call("INFO", "server"):
                    return process, port, connection
            connection.close()
        except OSError:
            pass
        time.sleep(0.01)
    process.kill()
    process.wait()
    with open(log_path, errors="replace") as lines:
        raise RuntimeError(f"{program} doesn't serve:\n" + "".join(lines.readlines()[-20:]))
