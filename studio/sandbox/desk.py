"""What both APIs share: the models, the ledger, the door, the darkroom, and how a call is taken in."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from studio.sandbox.catalogue import load_models
from studio.sandbox.darkroom import Darkroom
from studio.sandbox.intake import Call, Doorkeeper, list_references, make_submission, refusal
from studio.sandbox.ledger import Ledger, Submission
from studio.sandbox.options import Options
from studio.sandbox.orders import FaultOrders
from studio.sandbox.shapes import Refusal, Reply
from studio.sandbox.spoiling import page, spoil

MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}


def media_type(image_format: str) -> str:
    return MEDIA_TYPES.get(image_format, "image/png")


class Desk:
    """One sandbox's shared parts."""

    words_instead = "I can describe that scene, but I have no picture to give you this time."

    def __init__(self, options: Options) -> None:
        self.options = options
        self.models = load_models()
        self.ledger = Ledger(options.state)
        self.door = Doorkeeper(self.ledger)
        self.darkroom = Darkroom(options.paint)
        self.orders = FaultOrders()

    async def take(self, call: Call, answer: Callable[[Submission], Awaitable[Reply]]) -> Reply:
        """Refuse, lose or accept a valid call; `answer` says what the client hears after acceptance."""
        self.door.check_credit(call.secret)
        if ordered := self.orders.draw("submission", call.model.provider):
            call = call.with_order(ordered)
        fault = self.door.find_fault(call)
        if fault is not None and "accept" not in call.markers:
            raise fault
        if "html" in call.markers and "accept" not in call.markers:
            return _html(call)
        submission = await self._accept(call)
        if fault is not None:
            raise fault
        if "html" in call.markers:
            return _html(call)
        if "reset" in call.markers:
            return Reply(200, manner="reset")
        if "hang" in call.markers:
            return Reply(200, manner="hang")
        return spoil(await answer(submission), call.markers.text("wire"))

    async def _accept(self, call: Call) -> Submission:
        links = list_references(call.values)
        small = [
            await self.darkroom.shrink_reference(link) if link.startswith("data:") else link for link in links
        ]
        mask = call.values.get("mask_url")
        marks = (
            await self.darkroom.shrink_mask(mask)
            if isinstance(mask, str) and mask.startswith("data:")
            else ""
        )
        submission = make_submission(call, speed=self.options.speed, references=small, mask=marks)
        self.ledger.accept(submission)
        self.darkroom.paint_ahead(submission)
        return submission

    def tell(self, submission: Submission, reply: Reply) -> Reply:
        """Answer a poll, or spoil the answer: the first one, or the first `polltimes`, or as was ordered."""
        markers = submission.markers
        word = self.orders.draw("poll", submission.provider)
        if submission.polls <= markers.number("polltimes", 1):
            word = markers.text("poll") or word
        return spoil(reply, word)

    def file_name(self, submission: Submission, index: int) -> str:
        return f"{submission.token}-{index}.{submission.format}"

    async def fetch_file(self, name: str, now: float, *, telling: str = "") -> Reply:
        """Answer with a picture once its submission is over, or with the trouble that its prompt asks for.

        `telling` is the number of the answer that named the file: an address that has expired may be told anew.
        """
        stem, _, extension = name.partition(".")
        token, _, number = stem.rpartition("-")
        submission = self.ledger.find_by_token(token)
        if submission is None or extension != submission.format or not submission.is_over(now):
            raise Refusal(404, "not_found", "There is no such file.")
        if not number.isdecimal() or int(number) >= submission.delivered:
            raise Refusal(404, "not_found", "There is no such file.")
        submission.fetches += 1
        if "file404" in submission.markers:
            raise refusal(404)
        picture = await self.darkroom.develop(submission, int(number))
        return self._spoilt_file(submission, Reply(200, picture, media_type(submission.format)), telling)

    def _spoilt_file(self, submission: Submission, reply: Reply, telling: str) -> Reply:
        markers = submission.markers
        word = self.orders.draw("file", submission.provider)
        if markers.text("file") == "expired":
            word = "403" if telling in ("", "1") else ""
        elif submission.fetches <= markers.number("filetimes", 1):
            word = markers.text("file") or word
        if "filebroken" in markers:
            return spoil(reply, "truncated")
        if "fileslow" in markers:
            return replace(reply, manner="slow", pace_s=markers.number("fileslow", 5) * self.options.speed)
        return spoil(reply, word)


def _html(call: Call) -> Reply:
    return page(int(call.markers.number("html", 200)))
