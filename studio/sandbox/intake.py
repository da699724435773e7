"""From a checked request to an accepted submission: who pays, which faults, how long, which picture."""

import hashlib
import secrets
import time
from dataclasses import dataclass, replace

from studio.sandbox.catalogue import HUB, Model
from studio.sandbox.checks import REFERENCE_FIELDS, decode_reference, measure
from studio.sandbox.ledger import Ledger, Outcome, Submission
from studio.sandbox.markers import Markers, read_markers
from studio.sandbox.shapes import Json, JsonObject, Refusal, as_list, as_object, as_text
from studio.sandbox.sizes import choose_size

SLOW_KEY_EVERY_S = 2.0
# Seconds from submission to pictures, before `--speed`: shortest and longest.
DURATIONS = {HUB: (3.0, 6.0)}
SYNCHRONOUS_DURATION = (4.0, 8.0)
_OUTCOMES: tuple[Outcome, ...] = ("timeout", "cancelled", "pending")
_MESSAGES = {
    400: "The request was not understood.",
    401: "The API key is wrong or missing.",
    402: "The quota is used up.",
    403: "The account may not use this model.",
    404: "There is no such model.",
    422: "The request was refused by the content policy.",
    429: "Too many requests, please slow down.",
    503: "The service is overloaded, please try again.",
}


def fingerprint(secret: str) -> str:
    """What the bill shows of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Call:
    """One valid submission on its way in: the model, the user's key and the input with its defaults."""

    model: Model
    secret: str
    values: JsonObject
    prompt: str
    markers: Markers
    ordered: str = ""

    def with_order(self, words: str) -> "Call":
        """The call with the markers of an order beside those of its prompt."""
        ordered = "".join(f"[sandbox:{word}]" for word in words.split())
        return replace(self, ordered=ordered, markers=read_markers(self.prompt + ordered))


def read_call(model: Model, secret: str, given: JsonObject) -> Call:
    """Fill in the defaults of the schema and read the markers."""
    rules = {name: as_object(value) for name, value in model.properties.items()}
    defaults = {name: rule["default"] for name, rule in rules.items() if "default" in rule}
    values = {**defaults, **given}
    prompt = as_text(values.get("prompt"))
    return Call(model, secret, values, prompt, read_markers(prompt))


class Doorkeeper:
    """Lets requests in: keys, their limits, and the faults that come before anything is accepted."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._last_by_slow_key: dict[str, float] = {}

    def check_key(self, secret: str) -> str:
        """Return the key, or raise `Refusal` 401: any will do but an empty one and one with `bad` in it."""
        if not secret or "bad" in secret:
            raise refusal(401)
        return secret

    def check_credit(self, secret: str) -> None:
        """Raise `Refusal` 402 or 429 for keys with `empty` or `slow` in them."""
        if "empty" in secret:
            raise refusal(402)
        if "slow" in secret:
            now = time.time()
            if now - self._last_by_slow_key.get(secret, 0.0) < SLOW_KEY_EVERY_S:
                raise refusal(429, retry_after=str(int(SLOW_KEY_EVERY_S)))
            self._last_by_slow_key[secret] = now

    def find_fault(self, call: Call) -> Refusal | None:
        """Count the attempt and return the error that its prompt asks for, if any."""
        attempt = self._ledger.count_attempt(call.prompt)
        if "refuse" in call.markers:
            status = 422 if call.model.provider == HUB else 400
            return Refusal(status, "content_policy_violation", _MESSAGES[422])
        fault = call.markers.status_fault
        # What was ordered has been counted there.
        is_over = fault is not None and fault.times is not None and attempt > fault.times and not call.ordered
        return None if fault is None or is_over else refusal(fault.status, retry_after=fault.retry_after)


def refusal(status: int, *, retry_after: str = "") -> Refusal:
    """The error for a status, with words of its own where it is a usual one."""
    headers = {"retry-after": retry_after} if retry_after else {}
    if 300 <= status < 400:
        headers["location"] = "/elsewhere"
    codes = {401: "invalid_api_key", 402: "insufficient_quota", 429: "rate_limit_exceeded"}
    message = _MESSAGES.get(status, "Something went wrong in the sandbox, as you asked.")
    return Refusal(status, codes.get(status, f"sandbox_{status}"), message, headers)


def make_submission(call: Call, *, speed: float, references: list[str], mask: str = "") -> Submission:
    """The submission that a call becomes; its end is decided here and now."""
    asked = next(
        (value for name in ("num_images", "n") if isinstance(value := call.values.get(name), int)), 1
    )
    outcome = _outcome(call.markers)
    first = references[0] if references and references[0].startswith("data:") else ""
    like = measure(decode_reference("reference", first)) if first else None
    width, height = choose_size(call.values, call.prompt, like=like)
    seed = call.values.get("seed")
    is_hub = call.model.provider == HUB
    return Submission(
        id=f"hub-{_uuid()}" if is_hub else f"ms-{_uuid()}",
        provider=call.model.provider,
        model=call.model.id,
        key=fingerprint(call.secret),
        prompt=call.prompt,
        outcome=outcome,
        asked=asked,
        delivered=_count_delivered(call.markers, asked) if outcome == "completed" else 0,
        width=width,
        height=height,
        format=as_text(call.values.get("output_format")) or "png",
        seed=seed if isinstance(seed, int) else secrets.randbelow(1 << 31),
        submitted_at=time.time(),
        duration_s=choose_duration_s(call, seed) * speed,
        error_code=call.markers.text("fail", "generation_failed") if outcome == "failed" else "",
        references=references,
        mask=mask,
        is_inline="b64" in call.markers or call.values.get("sync_mode") is True,
        ordered=call.ordered,
    )


def choose_duration_s(call: Call, seed: Json) -> float:
    """The same prompt and seed always take as long; `[sandbox:slow=20]` says how long."""
    shortest, longest = DURATIONS.get(call.model.provider, SYNCHRONOUS_DURATION)
    draw = int.from_bytes(hashlib.sha256(f"{call.prompt}|{seed}".encode()).digest()[:4], "big") / (1 << 32)
    return call.markers.number("slow", shortest + draw * (longest - shortest))


def list_references(values: JsonObject) -> list[str]:
    """The reference images of an input, in order; a mask is none."""
    names = [name for name in REFERENCE_FIELDS if name != "mask_url"]
    return [link for name in names for link in as_list(values.get(name)) if isinstance(link, str)]


def _outcome(markers: Markers) -> Outcome:
    if "fail" in markers:
        return "failed"
    return next((word for word in _OUTCOMES if word in markers), "completed")


def _count_delivered(markers: Markers, asked: int) -> int:
    if "text" in markers or "nothing" in markers:
        return 0
    if "more" in markers:
        return asked + int(markers.number("more", 1))
    return min(asked, int(markers.number("fewer", asked))) if "fewer" in markers else asked


def _uuid() -> str:
    raw = secrets.token_hex(16)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"
