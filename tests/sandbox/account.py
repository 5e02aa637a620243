"""A tiny account: a web server on a thread that answers pushes as a test tells it to."""

import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from bot.sandbox import crypto

TOKEN = "token-of-the-tests"
APPID = "wx0123456789abcdef"
SECRET = "secret-of-the-tests"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass(frozen=True)
class Pushed:
    """One request the account received."""

    query: dict[str, str]
    body: str
    xml: ElementTree.Element | None

    def text(self, path: str) -> str:
        """The text of a node of the body."""
        assert self.xml is not None
        return self.xml.findtext(path) or ""


@dataclass
class Account:
    """Keeps what it received; ``answer`` gives status and body for a push, None for a dropped connection."""

    answer: Callable[[Pushed], tuple[int, str] | None] = field(default=lambda pushed: (200, "success"))
    received: list[Pushed] = field(default_factory=list)
    url: str = ""

    def says(self, content: str) -> None:
        """From now on answer every push with this text."""
        self.answer = lambda pushed: (200, reply(pushed, text(content)))


def text(content: str) -> str:
    """The nodes of a text reply."""
    return f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content>"


def reply(pushed: Pushed, nodes: str, created: int = 1_700_000_000) -> str:
    """A whole reply to a push."""
    return (
        f"<xml><ToUserName><![CDATA[{pushed.text('FromUserName')}]]></ToUserName>"
        f"<FromUserName><![CDATA[{pushed.text('ToUserName')}]]></FromUserName>"
        f"<CreateTime>{created}</CreateTime>{nodes}</xml>"
    )


def sealed_reply(clear: str, *, token: str = TOKEN, appid: str = APPID) -> str:
    """A reply encrypted as safe mode asks."""
    sealed = crypto.seal(clear.encode(), AES_KEY, appid)
    timestamp, nonce = "1700000000", "4242424242"
    signature = crypto.sign(token, timestamp, nonce, sealed)
    return (
        f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature>{signature}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{nonce}</Nonce></xml>"
    )


def serve(account: Account) -> ThreadingHTTPServer:
    """Start the account's server; the caller shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            right = query.get("signature") == crypto.sign(TOKEN, query.get("timestamp", ""), query.get("nonce", ""))
            self._tell(200, query["echostr"] if right else "wrong")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            pushed = Pushed(dict(parse_qsl(urlsplit(self.path).query)), body, ElementTree.fromstring(body))
            account.received.append(pushed)
            told = account.answer(pushed)
            if told is None:
                self.close_connection = True
                self.connection.close()
            else:
                self._tell(*told)

        def _tell(self, status: int, words: str) -> None:
            raw = words.encode()
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            except OSError:
                self.close_connection = True  # the caller had stopped waiting

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    account.url = f"http://127.0.0.1:{server.server_address[1]}/wechat"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


def wait_until(holds: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for something that happens on another thread; fail after the deadline."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
