"""The studio page: the composer, the feed of batches, and the press of the button between them."""

from django.http import HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import reswap, retarget

from studio.catalog.validation import InvalidInput
from studio.generation.actions import queue_batch
from studio.generation.cards import batch_views
from studio.generation.composer import (
    Composer,
    asked_composer,
    composer_after,
    composer_so_far,
    examples,
    fallback_composer,
    image_controls_of,
    is_other_form,
    posted_composer,
    refitted_composer,
    waiting_composer,
    with_uploads,
)
from studio.generation.feed import Feed, batches_in
from studio.generation.meter import meter_now, meter_of
from studio.generation.models import Batch
from studio.generation.queries import (
    Frame,
    batches_of,
    batches_page,
    find_generation,
    find_request,
    frame_of,
    open_studio,
    requests_in,
)
from studio.generation.stops import stop_of
from studio.generation.uploads import store_files
from studio.keys.queries import present_outages
from studio.kit import clock
from studio.kit.errors import Conflict, Invalid, NotAllowed, StudioError
from studio.kit.pace import check_pace
from studio.kit.parameters import read_id
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.people.requests import HtmxRequest
from studio.projects.models import Project
from studio.projects.policies import can_generate, check_can_generate
from studio.projects.queries import find_project
from studio.spending.limits import NoPrice, OverLimit

PAGE_SIZE = 6
OTHER_FORM = (
    "Nothing was sent yet: the fields have changed to those of your model. Check them, then press again."
)
NO_MODEL = "No model is offered in this project any more. Reload the page, or ask an admin of the team."


@require_safe
@vary_on_headers("HX-Request")
def studio(request: HtmxRequest, slug: str) -> HttpResponse:
    """Show the composer and the newest batches; to htmx, only the batches that follow those that are there."""
    before_id = read_id(request.GET.get("before"))
    if request.htmx and before_id and not request.htmx.history_restore_request:
        project = find_project(slug, request.user)
        return render(request, "generation/_batches.html", _feed(request, project, before_id))
    project, frame = open_studio(slug, request.user)
    composer = _asked_composer(request, project) if can_generate(project, request.user) else None
    return _page(request, project, composer, frame=frame, before_id=before_id)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def form(request: HtmxRequest, slug: str) -> HttpResponse:
    """Fill the form: GET with an example, an input to use again or a model; POST with another model.

    POST with an input to use a part of (`reuse`, `part`) keeps the rest of what was typed.
    """
    project = find_project(slug, request.user)
    check_can_generate(project, request.user)
    posted, problem = with_files(request, project)
    if request.method == "POST" and "reuse" not in request.GET:
        return _refitted(request, project, posted, problem)
    composer = _asked_composer(request, project, posted)
    if composer and problem:
        composer.sentence = problem.sentence
    if not request.htmx:
        return _page(request, project, composer)
    if composer is None:
        raise Conflict(NO_MODEL)
    return render(request, "generation/_composer.html", {"project": project, "composer": composer})


@require_safe
def usual_time(request: HtmxRequest, slug: str) -> HttpResponse:
    """Say how long it usually takes, and what it costs: GET with the model and those of its settings that decide it."""
    project = find_project(slug, request.user)
    check_can_generate(project, request.user)
    composer = composer_so_far(project, request.GET)
    return render(request, "generation/_figures.html", {"composer": composer})


@require_safe
def outages(request: HtmxRequest, slug: str) -> HttpResponse:
    """Say which providers are away: the page asks when it hears that one went or came back."""
    context = {"project": find_project(slug, request.user), "outages": present_outages()}
    return render(request, "generation/_outages.html", context)


@require_POST
@vary_on_headers("HX-Request")
def generate(request: HtmxRequest, slug: str) -> HttpResponse:
    """Queue one press of the button; 422 with the form, and all that was typed and chosen, when it can't be sent."""
    check_pace("press", request.user.pk)
    project = find_project(slug, request.user)
    composer = read_press(request, project)
    if isinstance(composer, HttpResponse):
        return composer
    given = composer.form.to_input()
    try:
        batch = queue_batch(
            project=project,
            by=request.user,
            model=composer.model,
            input=given,
            calls=composer.form.calls,
            press=composer.press,
        )
    except (Invalid, OverLimit, NoPrice) as refusal:
        return unsent(request, project, composer, refusal)
    if not request.htmx:
        return redirect("generation:studio", project.slug)
    return _queued(request, batch, composer, given)


def read_press(request: HtmxRequest, project: Project) -> Composer | HttpResponse:
    """Return the form that was sent, filled and valid, or the answer that says what is wrong with it."""
    check_can_generate(project, request.user)
    posted, problem = with_files(request, project)
    try:
        if is_other_form(project, posted):
            # The fields are still those of the model before (without script they always are): first show the right ones.
            answer = _refitted(request, project, posted, problem or Invalid(OTHER_FORM))
            return reswap(retarget(answer, "#input-fields"), "outerHTML")
        composer: Composer | None = posted_composer(project, posted)
    except Invalid as refusal:
        composer, problem = fallback_composer(project, posted, refusal.sentence), refusal
    if composer is None or problem or not composer.form.is_valid():
        return unsent(request, project, composer, problem)
    return composer


def with_files(request: HtmxRequest, project: Project) -> tuple[QueryDict, Invalid | None]:
    """Return what was posted, with the files that came along as uploads, and what was wrong with the others.

    They are stored before all else, so that a mistake elsewhere doesn't lose them.
    """
    controls = _image_controls(project, request.POST) if request.FILES else {}
    uploads, errors = {}, {}
    for control, field in controls.items():
        files = request.FILES.getlist(control)
        uploads[control], sentences = store_files(project=project, by=request.user, files=files)
        if sentences:
            errors[field] = " ".join(sentences)
    return with_uploads(request.POST, uploads), InvalidInput(errors) if errors else None


def _image_controls(project: Project, posted: QueryDict) -> dict[str, str]:
    """Return the fields that take images by control, of the form that was sent; none where its model is unknown."""
    try:
        return image_controls_of(project, posted)
    except Invalid:
        return {}


def _refitted(
    request: HtmxRequest, project: Project, posted: QueryDict, problem: Invalid | None
) -> HttpResponse:
    """Answer with the fields of another model, filled with what fits."""
    composer = _refitted_composer(project, posted)
    if composer and problem and not composer.sentence:
        composer.sentence = problem.sentence
    if request.htmx:
        return render(request, "generation/_refitted.html", {"project": project, "composer": composer})
    return _page(request, project, composer)


def unsent(
    request: HtmxRequest, project: Project, composer: Composer | None, problem: StudioError | None
) -> HttpResponse:
    """Answer with the form, its errors and everything that was typed."""
    if composer and isinstance(problem, InvalidInput):
        composer.add_errors(problem.errors)
    elif composer and isinstance(problem, OverLimit):
        composer.stop = stop_of(problem, project, request.user)
    elif composer and problem:
        composer.sentence = problem.sentence
    if not request.htmx:
        return _page(request, project, composer, status=422)
    context = {"project": project, "composer": composer}
    response = render(request, "generation/_unsent.html", context, status=422)
    return reswap(retarget(response, "#composer-form"), "outerHTML")


def _queued(request: HtmxRequest, batch: Batch, composer: Composer, given: JsonObject) -> HttpResponse:
    """Answer with the new batch. The form stays as it is, but for its token, unless it has errors or files to lose."""
    has_new_form = bool(request.POST.get("marked") or request.FILES)
    context = {
        "project": batch.project,
        "view": batch_views(
            batch.project, request.user, batches_of(batch.project.batches.all(), _ids(batch))
        )[0],
        "composer": composer_after(composer, given),
        "has_new_form": has_new_form,
        "meter": meter_now(batch.project, request.user),
    }
    return render(request, "generation/_queued.html", context)


def _ids(batch: Batch) -> list[int]:
    return list(batch.generations.order_by("id").values_list("id", flat=True))


def _page(
    request: HtmxRequest,
    project: Project,
    composer: Composer | None,
    *,
    frame: Frame | None = None,
    before_id: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the whole page. The frame, which has the cursor of its news, is read before the feed."""
    frame = frame or frame_of(project, request.user)
    feed = _feed(request, project, before_id)
    if composer:
        composer.is_rehearsal = frame.is_rehearsal
    context = {
        "composer": composer,
        "refusal": "" if composer else _refusal(project, request.user),
        "cursor": frame.cursor,
        "meter": meter_of(frame.usage, frame.limits, project, request.user),
        "requests": requests_in(project, request.user) if frame.has_requests else [],
        "outages": present_outages() if frame.has_outage else [],
        "is_rehearsal": frame.is_rehearsal,
        "now": clock.now(),
        # Each tile has its own form: as a plain text the token isn't made a text of once more for each.
        "csrf_token": get_token(request),
        "examples": [] if feed["views"] or feed["feed"] is not Feed.ALL else examples(project),
        **feed,
    }
    return render(request, "generation/studio.html", context, status=status)


def _feed(request: HtmxRequest, project: Project, before_id: int | None = None) -> dict[str, object]:
    """Read one page of the feed that the address asks for, and whether older batches follow."""
    feed = Feed.read(request.GET.get("show"))
    batches, has_older = batches_page(batches_in(feed, project, request.user), before_id, PAGE_SIZE)
    address = reverse("generation:studio", args=[project.slug])
    older = f"before={batches[-1][0].pk}" if has_older else ""
    return {
        "project": project,
        "feed": feed,
        "views": batch_views(project, request.user, batches),
        "older_url": f"{address}?{'&'.join(filter(None, [feed.query, older]))}" if older else "",
    }


def _asked_composer(
    request: HtmxRequest, project: Project, typed: QueryDict | None = None
) -> Composer | None:
    """Return the composer that the address asks for; what can't be given is said in the usual one."""
    if request_id := read_id(request.GET.get("request")):
        return waiting_composer(find_request(project, request.user, request_id))
    source_id = read_id(request.GET.get("reuse"))
    source = find_generation(project, source_id) if source_id else None
    try:
        return asked_composer(project, request.GET, source, typed)
    except Invalid as refusal:
        return fallback_composer(project, QueryDict(), refusal.sentence)


def _refitted_composer(project: Project, posted: QueryDict) -> Composer | None:
    try:
        return refitted_composer(project, posted)
    except Invalid as refusal:
        return fallback_composer(project, posted, refusal.sentence)


def _refusal(project: Project, user: User) -> str:
    """Say why there is no composer."""
    try:
        check_can_generate(project, user)
    except NotAllowed as refusal:
        return refusal.sentence
    return "No model is offered yet. An admin can add one."
