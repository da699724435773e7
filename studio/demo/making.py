"""The demo's rows: batches, holds, ledger, generations, images and timelines, as the engine would have left them."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import Model
from django.utils import timezone

from studio.demo.pictures import FORMAT, Pictures
from studio.demo.presses import Call, Press
from studio.demo.team import Team
from studio.demo.usage import Figures
from studio.demo.writing import advance_sequences, ids_after, write_rows
from studio.gallery.index import Entry, write_entries
from studio.generation.engine.outcomes import NOT_CHARGED, NOTHING_DELIVERED
from studio.generation.models import Batch, Generation, Image, Shape, Status, TimelineEntry
from studio.generation.timeline import cost_of
from studio.spending.models import EntryKind, Hold, HoldState, LedgerEntry

# In the order in which they point to each other.
MODELS: tuple[type[Model], ...] = (Batch, Hold, LedgerEntry, Generation, Image, TimelineEntry)
# Written so many generations at a time.
AT_ONCE = 5_000
# The newest tell their steps, and some of their images are in the trash; more would only fill the disk.
TOLD_DAYS = 4
TRASH_DAYS, TRASH_SHARE = 20, 0.04
UNKNOWN = (
    "The provider did not answer in time, so it isn’t known whether it has it. It may have been charged."
)

_HOLD_STATES = {Status.UNKNOWN: HoldState.KEPT, Status.SUCCEEDED: HoldState.SETTLED}


@dataclass
class Maker:
    """Turns presses into rows. `until` is the present moment."""

    team: Team
    pictures: Pictures
    until: datetime
    chance: random.Random
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        self._ids = {model: ids_after(model) for model in MODELS}
        self._rows: dict[type[Model], list[Model]] = {model: [] for model in MODELS}
        self._entries: list[Entry] = []

    def add(self, press: Press) -> None:
        """Take over what one press has led to; it is written some time later."""
        batch = Batch(
            author_id=press.person.pk,
            project_id=press.project.pk,
            model_id=press.offer.model.pk,
            schema=press.offer.model.schema,
            prompt=press.prompt,
            input={"prompt": press.prompt},
            created_at=press.at,
        )
        self._keep(batch)
        for position, call in enumerate(press.calls):
            self._add_call(batch, press, position, call)
        if len(self._rows[Generation]) >= AT_ONCE:
            self._flush()

    def finish(self) -> None:
        """Write what is left, and the figures of usage."""
        self._flush()
        hours, tallies = self.figures.rows()
        write_rows(hours)
        write_rows(tallies)
        advance_sequences([*MODELS, *{type(row) for row in (*hours[:1], *tallies[:1])}])

    def _keep(self, row: Model) -> None:
        row.pk = next(self._ids[type(row)])
        self._rows[type(row)].append(row)

    def _flush(self) -> None:
        for rows in self._rows.values():
            write_rows(rows)
            rows.clear()
        write_entries(self._entries)
        self._entries.clear()

    def _add_call(self, batch: Batch, press: Press, position: int, call: Call) -> None:
        hold = self._hold(press, call)
        generation = self._generation(batch, hold, press, position, call)
        self._close(hold, generation, call)
        if call.stored:
            self._store(generation, press.prompt, call.stored)
        if self.until - press.at < timedelta(days=TOLD_DAYS):
            for kind, at, data in _steps(hold, generation, call):
                self._keep(TimelineEntry(generation_id=generation.pk, kind=kind, at=at, data=data))

    def _hold(self, press: Press, call: Call) -> Hold:
        day = timezone.localtime(press.at).date()
        image_micros = press.offer.micros_on(day)
        hold = Hold(
            project_id=press.project.pk,
            user_id=press.person.pk,
            model_id=press.offer.model.pk,
            state=HoldState.SETTLED if call.made else _HOLD_STATES.get(call.status, HoldState.RELEASED),
            images=call.asked,
            cost_micros=None if image_micros is None else image_micros * call.asked,
            day=day,
            created_at=press.at,
        )
        self._keep(hold)
        self._enter(hold, EntryKind.HELD, call.asked, hold.cost_micros, "", press.at)
        return hold

    def _enter(
        self, hold: Hold, kind: EntryKind, images: int, micros: int | None, reason: str, at: datetime
    ) -> None:
        self._keep(
            LedgerEntry(hold_id=hold.pk, kind=kind, images=images, cost_micros=micros, reason=reason, at=at)
        )

    def _generation(self, batch: Batch, hold: Hold, press: Press, position: int, call: Call) -> Generation:
        is_sent, is_ended = call.status != Status.CANCELLED, call.status != Status.UNKNOWN
        sent_at = press.at + timedelta(seconds=call.waited_s)
        ended_at = sent_at + timedelta(seconds=call.seconds)
        model = press.offer.model
        generation = Generation(
            batch_id=batch.pk,
            project_id=press.project.pk,
            model_id=model.pk,
            author_id=press.person.pk,
            position=position,
            status=call.status,
            images_asked=call.asked,
            hold_id=hold.pk,
            attempt=int(is_sent),
            key=self.team.keys[model.provider_id].at(press.at) if is_sent else None,
            task_id=uuid4().hex if is_sent and call.status != Status.UNKNOWN else "",
            created_at=press.at,
            submitted_at=sent_at if is_sent else None,
            ready_at=ended_at - timedelta(seconds=0.6) if call.stored else None,
            finished_at=ended_at if is_ended else None,
            problem=_problem(call),
            problem_code=call.failure.code if call.failure else "",
        )
        self._keep(generation)
        return generation

    def _close(self, hold: Hold, generation: Generation, call: Call) -> None:
        at = generation.finished_at or self.until
        if call.status == Status.UNKNOWN:
            self._enter(hold, EntryKind.KEPT, 0, None, "outcome unknown", at)
            return
        kind = EntryKind.SETTLED if call.made else EntryKind.RELEASED
        self._enter(hold, kind, call.made, hold.cost_of(call.made), _reason(call), at)
        self.figures.add(hold, generation, call.made, call.failure.code if call.failure else "")

    def _store(self, generation: Generation, prompt: str, count: int) -> None:
        stored_at = generation.finished_at or self.until
        for position in range(count):
            picture = self.pictures.choose(prompt, self.chance)
            image = Image(
                generation_id=generation.pk,
                project_id=generation.project_id,
                author_id=generation.author_id,
                model_id=generation.model_id,
                position=position,
                file=self.pictures.link(picture),
                format=FORMAT,
                width=picture.width,
                height=picture.height,
                size_bytes=picture.size_bytes,
                sha256=picture.sha256,
                created_at=stored_at,
            )
            self._maybe_trash(image)
            self._keep(image)
            self._entries.append(_entry(image, prompt))

    def _maybe_trash(self, image: Image) -> None:
        if self.until - image.created_at < timedelta(days=TRASH_DAYS) and self.chance.random() < TRASH_SHARE:
            image.deleted_at = image.created_at + timedelta(minutes=5)
            image.deleted_by_id = image.author_id


def _problem(call: Call) -> str:
    if call.failure:
        return call.failure.sentence
    if call.status == Status.UNKNOWN:
        return UNKNOWN
    return f"{call.made} of {call.asked}" if call.stored < call.asked and call.stored else ""


def _reason(call: Call) -> str:
    if call.status == Status.CANCELLED:
        return "never sent"
    if call.failure:
        return NOTHING_DELIVERED if call.made else NOT_CHARGED
    return ""


def _entry(image: Image, prompt: str) -> Entry:
    ratio = image.width / image.height
    shape = Shape.LANDSCAPE if ratio > 1.05 else Shape.PORTRAIT if ratio < 1 / 1.05 else Shape.SQUARE
    return Entry(image.pk, image.project_id, image.model_id, image.author_id, shape, prompt)


def _steps(
    hold: Hold, generation: Generation, call: Call
) -> Iterator[tuple[str, datetime, Mapping[str, object]]]:
    """Yield the timeline of a generation: what, when and its figures."""
    yield "queued", generation.created_at, {}
    yield "held", generation.created_at, {"images": call.asked, **cost_of(hold.cost_micros)}
    if generation.submitted_at:
        yield "sending", generation.submitted_at, {"key": generation.key.label if generation.key else ""}
    if generation.ready_at:
        yield "ready", generation.ready_at, {"images": call.stored}
    if generation.finished_at is None:
        yield "unknown", generation.created_at + timedelta(seconds=call.seconds), {"reason": UNKNOWN}
        return
    ended = {Status.SUCCEEDED: "stored", Status.FAILED: "failed"}.get(call.status, "cancelled")
    yield ended, generation.finished_at, {"images": call.stored} if call.stored else {"reason": _reason(call)}
    closing = {"images": call.made, **cost_of(hold.cost_of(call.made))}
    yield (
        ("settled", generation.finished_at, closing)
        if call.made
        else ("released", generation.finished_at, {})
    )
