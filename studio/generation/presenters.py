"""What a card and a batch show, as plain values for the templates: no requests, no writing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypedDict

from django.utils import timezone
from django.utils.text import Truncator

from studio.catalog.queries import ratio_of, short_facts
from studio.generation.costs import Cost, cost_of
from studio.generation.failures import Failures, failures_of
from studio.generation.line import Place
from studio.generation.links import Links
from studio.generation.models import PENDING, Batch, Generation, Image, Status
from studio.generation.policies import CANCELLABLE, RETRYABLE, ImageRights, is_filtered
from studio.generation.usual import Paced, Usual
from studio.kit import clock
from studio.kit.money import dollars
from studio.people.avatars import hue, initials, portrait_url
from studio.spending.models import HoldState

CANCELLING = "The provider can’t stop it. What still comes is charged and goes to the trash."
WIDE, TALL = 1.4, 0.7
SHOWN_WIDTH = 640
DRIFTS = (
    "--rot:0deg;--del:0s",
    "--rot:150deg;--del:-3s",
    "--rot:250deg;--del:-5s",
    "--rot:60deg;--del:-1.5s",
)


UNREADABLE = "Its API key can’t be read any more, so nobody can ask how far it is. An admin can mend that."


@dataclass(frozen=True, slots=True)
class Around:
    """What cards need to know beyond their own rows, read once for all cards of an answer."""

    reader_id: int
    rights: ImageRights
    links: Links
    images: Mapping[int, Sequence[Image]] = field(default_factory=dict)
    """Generation -> its images in order."""
    starred: Collection[int] = ()
    """The images that the person has marked."""
    places: Mapping[int, Place] = field(default_factory=dict)
    """Queued generation -> its place in its provider's line."""
    waiting_reasons: Mapping[int, str] = field(default_factory=dict)
    """Provider -> why nothing goes out to it now."""
    full_reasons: Mapping[int, str] = field(default_factory=dict)
    """Provider -> why even the next in line has to wait."""
    unreadable: Collection[int] = ()
    """The generations that can't be asked for, since their key can't be decrypted."""
    usual: Mapping[Paced, Usual] = field(default_factory=dict)
    """Model and pace -> how long it usually takes."""
    is_disk_full: bool = False
    now: datetime = field(default_factory=clock.now)

    @property
    def may_act(self) -> bool:
        return self.rights.may_make


class ImageTile(TypedDict):
    """One image in the grid, written out; what may not be done to it has no address.

    A dict, since that is what a template looks things up in first: a third of its time for an object.
    """

    key: str
    number: str
    ratio: str
    width: str
    height: str
    alt: str
    href: str
    src: str
    file_url: str
    star_url: str
    is_starred: bool
    edit_url: str
    trash_url: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A place in the grid that is kept for an image, with words where it stays empty."""

    ratio: str
    words: str = ""
    detail: str = ""
    drift: str = ""
    """How the place's colours drift while it waits, so that neighbours don't move in step."""


@dataclass(frozen=True, slots=True)
class Card:
    """One generation as the grid shows it: its images, then the places that are kept for others.

    Without images the first place carries the words of its state.
    """

    generation: Generation
    look: str
    tiles: list[Tile]
    images: list[ImageTile] = field(default_factory=list)
    title: str = ""
    sentence: str = ""
    charge: str = ""
    since: datetime | None = None
    usual: Usual | None = None
    is_late: bool = False
    is_filtered: bool = False
    reuse_url: str = ""
    reuse_form_url: str = ""
    can_cancel: bool = False
    cancel_words: str = ""
    """What cancelling means for money."""
    held: str = ""
    """What is held for it: in money, or in images where it has no price."""
    can_retry: bool = False
    retry_id: int | None = None
    """The generation that has tried this one again."""
    can_check_again: bool = False
    can_decide: bool = False

    @property
    def place_count(self) -> int:
        return len(self.images) + len(self.tiles)

    @property
    def ratio(self) -> str:
        """The ratio of its first place."""
        return self.images[0]["ratio"] if self.images else self.tiles[0].ratio


@dataclass(frozen=True, slots=True)
class BatchHead:
    """What changes on the head of a batch while it is made."""

    cost: Cost
    failures: Failures


@dataclass(frozen=True, slots=True)
class BatchView:
    """One press of the button with its cards; `at` is the moment in ISO 8601."""

    key: str
    author: str
    initials: str
    hue: str
    portrait: str
    title: str
    prompt: str
    model: str
    facts: list[str]
    head: BatchHead
    at: str
    at_words: str
    reuse_url: str
    reuse_form_url: str
    cards: list[Card]
    columns: str
    columns_on_phone: str


def batch_view(batch: Batch, generations: Iterable[Generation], around: Around) -> BatchView:
    """Return a batch as the feed shows it."""
    generations = list(generations)
    cards = [card_of(generation, around) for generation in generations]
    places = sum(card.place_count for card in cards)
    ratio = ratio_of(batch.model, batch.input)
    author, sent_at = batch.author, timezone.localtime(batch.created_at)
    reuse_url, reuse_form_url = _reuse_urls(cards[0].generation, around)
    return BatchView(
        key=str(batch.pk),
        author=author.display_name,
        initials=initials(author.display_name),
        hue=str(hue(author.pk)),
        portrait=portrait_url(author),
        title=Truncator(batch.prompt).chars(600) or "Without a prompt",
        prompt=batch.prompt,
        model=batch.model.entry_name,
        facts=short_facts(batch.model, batch.input),
        head=head_of(batch, generations, around),
        at=batch.created_at.isoformat(),
        at_words=f"{sent_at.day} {sent_at:%b, %H:%M}",
        reuse_url=reuse_url,
        reuse_form_url=reuse_form_url,
        cards=cards,
        columns=str(_columns(ratio, places)),
        columns_on_phone="1" if places == 1 and ratio > TALL else "2",
    )


def head_of(batch: Batch, generations: Iterable[Generation], around: Around) -> BatchHead:
    """Return what a batch has cost, and what of it has failed."""
    listed = list(generations)
    return BatchHead(cost_of(batch.pk, listed), failures_of(batch.pk, listed, may_act=around.may_act))


def card_of(generation: Generation, around: Around) -> Card:
    """Return what the card of one generation shows, in every state of its life."""
    if generation.status == Status.SUCCEEDED:
        return _done(generation, around)
    if generation.status == Status.QUEUED:
        return _queued(generation, around)
    if generation.status in PENDING:
        return _working(generation, around)
    if generation.status == Status.UNKNOWN:
        return _unknown(generation, around)
    return _ended(generation, around)


def charge_of(generation: Generation) -> str:
    """Say in a few words whether a generation cost something."""
    if generation.hold.state == HoldState.SETTLED:
        micros: int | None = vars(generation)["settled_micros"]
        return f"Counts as charged, {dollars(micros)}." if micros else "Counts as charged."
    if generation.hold.state == HoldState.RELEASED:
        return "You were not charged."
    return "May have been charged."


def held_of(generation: Generation) -> str:
    """Write what is held for a generation: "$0.14", or "2 images" where it has no price."""
    hold = generation.hold
    if hold.cost_micros is not None:
        return dollars(hold.cost_micros)
    return f"{hold.images} image{'' if hold.images == 1 else 's'}"


def cancel_words(generation: Generation) -> str:
    """Say what cancelling means for money as things are; the press is refused where that has become worse."""
    held = held_of(generation)
    if generation.status == Status.QUEUED:
        return f"Free: it has not been sent, and the {held} held for it goes back."
    if generation.status == Status.SUBMITTING:
        return (
            f"It is being sent right now. If the provider takes it, {held} may be charged and its images go to the "
            "trash; if not, it is free."
        )
    if generation.status == Status.FETCHING:
        return f"The provider has finished: {held} is charged, and its images go to the trash."
    return f"The provider can’t stop it: {held} will be charged when it finishes, and its images go to the trash."


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, for a card with little room."""
    head, stop, _ = text.partition(". ")
    return head + "." if stop else head


def _queued(generation: Generation, around: Around) -> Card:
    reason = around.waiting_reasons.get(generation.batch.model.provider_id, "")
    place = around.places.get(generation.pk)
    if reason:
        sentence = reason
    elif generation.problem:
        sentence = first_sentence(generation.problem)
    else:
        words = place_words(place, is_own=generation.author_id == around.reader_id)
        full = around.full_reasons.get(generation.batch.model.provider_id, "")
        sentence = f"{words}. {full}" if full else words
    return Card(
        generation,
        "queued",
        _places(generation),
        title="Waiting" if reason or generation.problem else "Queued",
        sentence=sentence,
        can_cancel=around.may_act and generation.cancel_requested_at is None,
        cancel_words=cancel_words(generation),
    )


def place_words(place: Place | None, *, is_own: bool) -> str:
    """Say where a generation stands: Next in line; 3rd in line, 1 of yours ahead."""
    if place is None:
        return "In line"
    if place.number == 1:
        return "Next in line"
    own = f", {place.own_ahead:,} of yours ahead" if is_own and place.own_ahead else ""
    return f"{place.number:,}{_ordinal_ending(place.number)} in line{own}"


def _ordinal_ending(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _working(generation: Generation, around: Around) -> Card:
    is_asked_to_cancel = generation.cancel_requested_at is not None
    title = "Cancelling" if is_asked_to_cancel else Status(generation.status).label
    since = generation.submitted_at or generation.created_at
    usual = around.usual.get((generation.model_id, generation.pace))
    return Card(
        generation,
        "wait",
        _places(generation),
        title=title,
        sentence=_about_working(generation, around),
        since=since,
        usual=usual,
        is_late=usual is not None and (around.now - since).total_seconds() > usual.p90_s,
        can_cancel=around.may_act and generation.status in CANCELLABLE and not is_asked_to_cancel,
        cancel_words=cancel_words(generation),
    )


def _about_working(generation: Generation, around: Around) -> str:
    if generation.pk in around.unreadable:
        return UNREADABLE
    if generation.cancel_requested_at is not None:
        return "The provider can’t stop it. What still comes is charged and goes to the trash."
    if around.is_disk_full and generation.status == Status.FETCHING:
        return "Studio’s disk is full. The image is fetched as soon as an admin has made room."
    return ""


def _unknown(generation: Generation, around: Around) -> Card:
    return Card(
        generation,
        "unknown",
        _places(generation),
        title="Outcome unknown",
        sentence=f"Nobody knows whether the provider accepted it. It may have been charged{_priced(generation)}.",
        held=held_of(generation),
        can_check_again=around.may_act and bool(generation.task_id),
        can_decide=around.may_act,
    )


def _priced(generation: Generation) -> str:
    return f", {held_of(generation)}" if generation.hold.cost_micros else ""


def _ended(generation: Generation, around: Around) -> Card:
    is_cancelled = generation.status == Status.CANCELLED
    filtered = not is_cancelled and is_filtered(generation)
    if is_cancelled:
        title, sentence = "Cancelled", _cancelled_words(generation)
    elif filtered:
        title, sentence = "Blocked by the safety filter", "The provider refused this prompt."
    else:
        title, sentence = "Failed", first_sentence(generation.problem)
    retry_id: int | None = vars(generation)["retry_id"]
    return Card(
        generation,
        "cancelled" if is_cancelled else "failed",
        _places(generation),
        title=title,
        sentence=sentence,
        charge=charge_of(generation),
        is_filtered=filtered,
        can_retry=around.may_act and generation.status in RETRYABLE and retry_id is None,
        retry_id=retry_id,
    )


def _cancelled_words(generation: Generation) -> str:
    if generation.submitted_at is None:
        return "The provider never had it."
    return "The provider had made it: its images are in the trash." if generation.ready_at else ""


def _done(generation: Generation, around: Around) -> Card:
    """Return a card with a tile per image; where fewer are there than were asked for, the next place says so."""
    about = excerpt(generation.batch.prompt)
    images = [_image_tile(image, about, around) for image in around.images.get(generation.pk, ())]
    empty = _places(generation)[len(images) :]
    if empty:
        words, detail = _missing(len(images), generation.images_asked)
        empty[0] = replace(empty[0], words=words, detail=detail)
    reuse_url, reuse_form_url = _reuse_urls(generation, around)
    return Card(generation, "done", empty, images, reuse_url=reuse_url, reuse_form_url=reuse_form_url)


def _reuse_urls(generation: Generation, around: Around) -> tuple[str, str]:
    """Return where its input fills the form, as a page and as the form alone; empty where nobody may send it."""
    if not around.may_act:
        return "", ""
    query = f"?reuse={generation.pk}"
    return around.links.studio + query, around.links.form + query


def _missing(there: int, asked: int) -> tuple[str, str]:
    """Say in two lines why there are fewer images than were asked for."""
    if there:
        return f"{there} of {asked}", "The others didn’t come, or are in the trash."
    return "In the trash", "The image was deleted." if asked == 1 else "The images were deleted."


def _image_tile(image: Image, about: str, around: Around) -> ImageTile:
    key, number, links = str(image.pk), str(image.position + 1), around.links
    return ImageTile(
        key=key,
        number=number,
        ratio=f"{image.width}/{image.height}",
        width=str(image.width),
        height=str(image.height),
        alt=f"{about}, variation {number}",
        href=links.to("gallery:image", key),
        src=links.to("gallery:thumb", key, SHOWN_WIDTH),
        file_url=links.to("gallery:file", key),
        star_url=links.to("gallery:star", key),
        is_starred=image.pk in around.starred,
        edit_url=links.to("generation:edit", key) if around.may_act else "",
        trash_url=links.to("gallery:trash", key) if around.rights.can_delete(image) else "",
    )


def excerpt(prompt: str) -> str:
    """Return the beginning of a prompt, long enough to know the image by."""
    return str(Truncator(" ".join(prompt[:400].split())).chars(120)) or "Image without a prompt"


def _places(generation: Generation) -> list[Tile]:
    """Return the places that a generation keeps for its images; where the model chooses, they are square."""
    ratio = f"{ratio_of(generation.batch.model, generation.batch.input):.4g}"
    asked = generation.images_asked
    drifts = [DRIFTS[(generation.position * asked + place) % len(DRIFTS)] for place in range(asked)]
    return [Tile(ratio, drift=drift) for drift in drifts]


def _columns(ratio: float, places: int) -> int:
    """Return the columns of a batch: wide pictures get more room each, and so do one or two alone."""
    if ratio >= WIDE:
        return min(max(places, 2), 3)
    if ratio <= TALL:
        return 4 if places < 5 else 5
    return min(max(places, 3), 4)
