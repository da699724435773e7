"""The providers' API keys: added, tested, limited, paused, rotated, removed. A secret comes in and is never shown."""

from dataclasses import asdict

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from studio.administration.finding import address_of, words_of
from studio.administration.forms import AddKeyForm, KeyLimitsForm, RotateKeyForm
from studio.administration.keys import board
from studio.administration.reauthentication import recently_signed_in, recently_signed_in_to_see
from studio.generation.keyring import (
    remove_key,
    rotate_out,
    stop_retiring_key,
    under_way_by_key,
    waiting_by_provider,
)
from studio.keys.actions import (
    KeyExists,
    UnusableKey,
    add_key,
    change_limits,
    check_secret,
    limits_of,
    pause_key,
    resume_key,
)
from studio.keys.models import ApiKey, Verdict
from studio.keys.queries import standing_sentence
from studio.keys.testing import note_test, run_tests, try_secret
from studio.kit.errors import Conflict
from studio.kit.middleware import let_others_write
from studio.kit.parameters import read_id
from studio.people.policies import check_can_manage_people
from studio.people.requests import HtmxRequest, SignedInRequest


@require_safe
def keys(request: SignedInRequest) -> HttpResponse:
    """Show how the providers stand and their keys. `added` names the key that has just come: the page tests it."""
    check_can_manage_people(request.user)
    shown = board(words=words_of(request), arrived_id=read_id(request.GET.get("added")))
    return render(request, "administration/keys.html", {"board": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("secret")
@vary_on_headers("HX-Request")
@recently_signed_in_to_see
def add(request: HtmxRequest) -> HttpResponse:
    check_can_manage_people(request.user)
    chosen = {"provider": read_id(request.GET.get("provider"))}
    form = AddKeyForm(request.POST if request.method == "POST" else None, initial=chosen)
    if not form.is_valid():
        return _form_page(request, "add", form)
    try:
        key = add_key(**form.cleaned_data, by=request.user)
    except (UnusableKey, KeyExists) as error:
        form.add_error("secret", error.sentence)
        return _form_page(request, "add", form)
    return _done(request, f"{key.label} is stored, encrypted.", arrived=key)


@require_POST
def test_all(request: HtmxRequest) -> HttpResponse:
    """Ask all providers at once. Asking is free and changes no key, so it needs no password."""
    check_can_manage_people(request.user)
    let_others_write(request)
    tested = [row.key for row in board().rows if not row.key.is_rotated_out]
    run_tests(tested)
    return _answer(request, "" if tested else "There is no key to test.")


@require_POST
def test(request: HtmxRequest, key_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    key = get_object_or_404(ApiKey.objects.select_related("provider"), pk=key_id)
    if key.deleted_at:
        return _refuse(request, standing_sentence(key))
    let_others_write(request)
    run_tests([key])
    return _answer(request)


@require_POST
@recently_signed_in
def pause(request: HtmxRequest, key_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    key = _shown_key(key_id)
    if not pause_key(key_id=key.pk, by=request.user):
        return _refuse(request, standing_sentence(_shown_key(key_id)))
    return _answer(request, f"{key.label} is paused. What is under way goes on.")


@require_POST
@recently_signed_in
def resume(request: HtmxRequest, key_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    key = _shown_key(key_id)
    if not resume_key(key_id=key.pk, by=request.user, seen=request.POST.get("seen")):
        return _refuse(request, standing_sentence(_shown_key(key_id)))
    return _answer(request, f"{key.label} is used again.")


@require_POST
@recently_signed_in
def stop(request: HtmxRequest, key_id: int) -> HttpResponse:
    """End a key that is retiring at once; what runs with it becomes unknown."""
    check_can_manage_people(request.user)
    key = _shown_key(key_id)
    try:
        count = stop_retiring_key(key_id=key.pk, by=request.user)
    except Conflict:
        return _refuse(request, standing_sentence(_shown_key(key_id)))
    lost = (
        f"{count:,} generation{' is' if count == 1 else 's are'} unknown now"
        if count
        else "Nothing ran with it"
    )
    return _answer(request, f"The old key of {key.label} is stopped. {lost}.")


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@recently_signed_in
def limits(request: HtmxRequest, key_id: int) -> HttpResponse:
    """Show and set what may be sent with a key, and when its turn is."""
    check_can_manage_people(request.user)
    key = _own_key(key_id)
    form = KeyLimitsForm(request.POST if request.method == "POST" else None, initial=asdict(limits_of(key)))
    if not form.is_valid():
        seen = request.POST.get("seen", limits_of(key).mark)
        return _form_page(request, "limits", form, key=key, seen=seen)
    try:
        change_limits(key=key, limits=form.limits(), by=request.user, seen=request.POST.get("seen"))
    except Conflict as conflict:
        form.add_error(None, conflict.sentence)
        key = _own_key(key_id)
        return _form_page(request, "limits", form, key=key, seen=limits_of(key).mark)
    return _done(request, f"The limits of {key.label} are set.")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("secret")
@vary_on_headers("HX-Request")
@recently_signed_in_to_see
def rotate(request: HtmxRequest, key_id: int) -> HttpResponse:
    """Put a new key in the place of this one, but never one that its provider refuses."""
    check_can_manage_people(request.user)
    key = _own_key(key_id)
    form = RotateKeyForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _rotate_page(request, form, key)
    try:
        secret = check_secret(form.cleaned_data["secret"])
        let_others_write(request)
        tested = try_secret(key.provider, secret)
        if tested.verdict == Verdict.REFUSED:
            raise UnusableKey(f"{tested.sentence} The old key stays.")
        fresh = rotate_out(key=key, secret=secret, by=request.user)
    except (UnusableKey, Conflict) as error:
        form.add_error("secret", error.sentence)
        return _rotate_page(request, form, key)
    note_test(fresh, tested)
    doubt = "" if tested.verdict == Verdict.WORKS else f" {tested.sentence}"
    return _done(request, f"{key.label} is rotated. What is new goes out with the new key.{doubt}")


@require_POST
@recently_signed_in
def remove(request: HtmxRequest, key_id: int) -> HttpResponse:
    check_can_manage_people(request.user)
    key = _shown_key(key_id)
    try:
        remove_key(key_id=key.pk, by=request.user, seen=request.POST.get("seen"))
    except ApiKey.DoesNotExist:
        return _refuse(request, standing_sentence(_shown_key(key_id)))
    except Conflict as conflict:
        return _refuse(request, conflict.sentence)
    return _answer(request, f"{key.label} is deleted, its secret erased.")


def _own_key(key_id: int) -> ApiKey:
    """Return a key that somebody wants to change. Raises Conflict where it was deleted meanwhile.

    The sandbox's keys come and go with the sandbox; nobody sets them.
    """
    keys = ApiKey.objects.filter(is_sandbox=False).select_related("provider")
    key = get_object_or_404(keys, pk=key_id)
    if key.deleted_at:
        raise Conflict(standing_sentence(key))
    return key


def _shown_key(key_id: int) -> ApiKey:
    """Return a key as it is now: somebody may still look at one that was deleted meanwhile."""
    return get_object_or_404(ApiKey.objects.filter(is_sandbox=False), pk=key_id)


def _answer(request: HtmxRequest, sentence: str = "") -> HttpResponse:
    """Answer htmx with the board as it is now; without a script the page comes again."""
    return _board(request, sentence) if request.htmx else _done(request, sentence)


def _refuse(request: HtmxRequest, sentence: str) -> HttpResponse:
    """Answer as with what was done: the row that was pressed isn't how the key stands by now."""
    if request.htmx:
        return _board(request, sentence, status=422)
    messages.error(request, sentence)
    return redirect(address_of(request, "administration:keys"))


def _board(request: HtmxRequest, sentence: str, *, status: int = 200) -> HttpResponse:
    context = {"board": board(words=words_of(request)), "sentence": sentence, "status": status}
    return render(request, "administration/keys.html#keys-answer", context, status=status)


def _done(request: HtmxRequest, sentence: str, *, arrived: ApiKey | None = None) -> HttpResponse:
    if sentence:
        messages.success(request, sentence)
    if arrived:
        address = f"{reverse('administration:keys')}?added={arrived.pk}"
    else:
        address = address_of(request, "administration:keys")
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _rotate_page(request: HtmxRequest, form: forms.Form, key: ApiKey) -> HttpResponse:
    context = {
        "under_way": under_way_by_key()[key.pk],
        "waiting": waiting_by_provider()[key.provider_id],
    }
    return _form_page(request, "rotate", form, key=key, **context)


def _form_page(
    request: HtmxRequest, name: str, form: forms.Form, *, key: ApiKey | None = None, **context: int | str
) -> HttpResponse:
    """Render a form as a page of its own, or for a dialog by itself. What was secret is never in it again."""
    template = f"administration/_key_{name}.html"
    status = 422 if form.is_bound else 200
    given = {"form": form, "key": key, "body": template, **context}
    whole = "administration/key_form.html"
    return render(request, template if request.htmx else whole, given, status=status)
