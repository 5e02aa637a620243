"""Carries pushes to the account's webhook as WeChat does, and brings back what came in answer.

Five seconds for an answer, three attempts in all with the very same request (platform notes, section 1.3). Only
silence is repeated: an answer, however bad, ends the attempts.
"""

import base64
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import requests

from bot.sandbox import crypto
from bot.sandbox.pushes import Push, render
from bot.sandbox.settings import SandboxSettings

ATTEMPTS = 3
ANSWER_SECONDS = 5.0
ANSWER_BYTES = 256 * 1024
MOST_DELIVERIES = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """How a push is delivered: ``times`` over (one after another or in ``parallel``), after ``delay`` seconds.

    ``timeout`` is the time for one answer and ``pause`` the wait before a repeat, both in seconds.
    """

    times: int = 1
    parallel: bool = False
    delay: float = 0.0
    attempts: int = ATTEMPTS
    timeout: float = ANSWER_SECONDS
    pause: float = 1.0

    def changed(self, wishes: dict[str, Any]) -> "Plan":
        """This plan with the wishes of one request; raise ValueError for an impossible one."""
        known = {
            name: wishes[name]
            for name in ("times", "parallel", "delay", "attempts", "timeout", "pause")
            if name in wishes
        }
        numbers = {name: value for name, value in known.items() if name != "parallel"}
        if any(isinstance(value, bool) or not isinstance(value, int | float) for value in numbers.values()):
            raise ValueError("times, delay, attempts, timeout and pause are numbers")
        plan = replace(self, **known)
        whole = isinstance(plan.times, int) and isinstance(plan.attempts, int) and isinstance(plan.parallel, bool)
        if not whole or not 1 <= plan.times <= MOST_DELIVERIES or not 1 <= plan.attempts <= ATTEMPTS:
            raise ValueError(f"times is 1 to {MOST_DELIVERIES}, attempts 1 to {ATTEMPTS}, parallel true or false")
        if not (0 <= plan.delay <= 60 and 0 < plan.timeout <= 60 and 0 <= plan.pause <= 60):
            raise ValueError("delay, timeout and pause are at most 60 seconds")
        return plan


@dataclass(frozen=True, slots=True)
class Parcel:
    """A push made ready to travel: query and body, the same for every attempt."""

    query: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt met: ``outcome`` is answered, timeout, refused (nobody listens) or cut (connection lost)."""

    delivery: int
    attempt: int
    outcome: str
    status: int = 0
    body: bytes = b""
    seconds: float = 0.0

    def describe(self) -> dict[str, Any]:
        """As the JSON API tells it; ``body_base64`` holds the exact bytes."""
        return {
            "delivery": self.delivery,
            "attempt": self.attempt,
            "outcome": self.outcome,
            "status": self.status,
            "body": self.body.decode("utf-8", "replace"),
            "body_base64": base64.b64encode(self.body).decode(),
            "seconds": round(self.seconds, 3),
        }


class Courier:
    """Knows the webhook's address and secrets."""

    def __init__(self, settings: SandboxSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock

    def pack(self, push: Push) -> Parcel:
        """Sign (and in the other modes encrypt) a push."""
        settings = self._settings
        timestamp, nonce = str(int(self._clock())), str(secrets.randbelow(9 * 10**9) + 10**9)
        query = {
            "signature": crypto.sign(settings.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": push.openid,
        }
        if settings.mode == "plain" or settings.aes_key is None:
            return Parcel(query, render(push.fields).encode())
        sealed = crypto.seal(render(push.fields).encode(), settings.aes_key, settings.appid)
        query |= {
            "encrypt_type": "aes",
            "msg_signature": crypto.sign(settings.token, timestamp, nonce, sealed),
        }
        fields = {"ToUserName": push.fields.get("ToUserName", settings.account_id), "Encrypt": sealed}
        if settings.mode == "compatible":
            fields = push.fields | {"Encrypt": sealed}
        return Parcel(query, render(fields).encode())

    def deliver(self, parcel: Parcel, plan: Plan) -> list[Attempt]:
        """Deliver as planned; give every attempt in order of delivery."""
        if plan.delay:
            time.sleep(plan.delay)
        if plan.times == 1 or not plan.parallel:
            return [attempt for number in range(1, plan.times + 1) for attempt in self._insist(parcel, plan, number)]
        start = threading.Barrier(plan.times)

        def run(number: int) -> list[Attempt]:
            start.wait()
            return self._insist(parcel, plan, number)

        with ThreadPoolExecutor(plan.times) as threads:
            return [attempt for found in threads.map(run, range(1, plan.times + 1)) for attempt in found]

    def check_address(self) -> tuple[bool, Attempt]:
        """The GET with an echostr that WeChat sends when the address is entered; True if it came back unchanged."""
        timestamp, nonce, echo = str(int(self._clock())), str(secrets.randbelow(10**10)), secrets.token_hex(10)
        signature = crypto.sign(self._settings.token, timestamp, nonce)
        query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}
        attempt = self._send("GET", Parcel(query, b""), Attempt(1, 1, "answered"), ANSWER_SECONDS)
        return attempt.status == 200 and attempt.body.decode("utf-8", "replace") == echo, attempt

    def _insist(self, parcel: Parcel, plan: Plan, delivery: int) -> list[Attempt]:
        attempts: list[Attempt] = []
        for number in range(1, plan.attempts + 1):
            if attempts and plan.pause:
                time.sleep(plan.pause)
            attempts.append(self._send("POST", parcel, Attempt(delivery, number, "answered"), plan.timeout))
            if attempts[-1].outcome == "answered":
                break
        return attempts

    def _send(self, method: str, parcel: Parcel, blank: Attempt, timeout: float) -> Attempt:
        started = time.monotonic()
        headers = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Pragma": "no-cache"}
        address = f"{self._settings.webhook_url}?{urlencode(parcel.query)}"
        met = blank
        try:
            with requests.Session() as session:
                session.trust_env = False  # a proxy of the environment is not on the way from WeChat
                with session.request(
                    method,
                    address,
                    data=parcel.body,
                    headers=headers,
                    timeout=timeout,
                    stream=True,
                    allow_redirects=False,
                ) as response:
                    body = _read(response, started + timeout)
                    met = replace(blank, status=response.status_code, body=body)
        except (requests.Timeout, TimeoutError):
            met = replace(blank, outcome="timeout")
        except requests.ConnectionError as error:
            met = replace(blank, outcome=_connection_outcome(error))
        except requests.RequestException:
            met = replace(blank, outcome="cut")
        return replace(met, seconds=time.monotonic() - started)


def _read(response: requests.Response, deadline: float) -> bytes:
    """The body, within the time left: requests itself only limits the silence between two pieces."""
    body = b""
    for piece in response.iter_content(8192):
        body += piece
        if time.monotonic() > deadline:
            raise TimeoutError
        if len(body) > ANSWER_BYTES:
            break
    return body


def _connection_outcome(error: requests.ConnectionError) -> str:
    text = repr(error)
    if "timed out" in text:  # a silence in the middle of a body arrives as a ConnectionError
        return "timeout"
    return "refused" if "NewConnectionError" in text or "refused" in text else "cut"
