"""The page of one's own account."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studio.account.forms import EmailForm, MailForm, PictureForm, ProfileForm
from studio.administration.reauthentication import recently_signed_in
from studio.kit.errors import Invalid
from studio.kit.mail import site_of
from studio.kit.pace import FOR_LONG_ANSWERS, check_pace
from studio.notifying.models import Kind
from studio.people import email_change, mail_choices, pictures
from studio.people import sessions as places
from studio.people.actions import change_profile
from studio.people.models import EmailChange, User
from studio.people.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """Show the account; keep the name."""
    form = ProfileForm(request.POST or None, initial=_profile_of(request.user))
    if not form.is_valid():
        return _show(request, form=form, status=422 if form.is_bound else 200)
    change_profile(**form.cleaned_data, by=request.user)
    messages.success(request, "Your profile is saved.")
    return redirect("account:profile")


@require_POST
def choose_picture(request: SignedInRequest) -> HttpResponse:
    check_pace("picture", request.user.pk, share=FOR_LONG_ANSWERS)
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            pictures.set_picture(file=form.cleaned_data["picture"], by=request.user)
        except Invalid as problem:
            form.add_error("picture", problem.sentence)
    if not form.is_valid():
        return _show(request, picture_form=form, status=422)
    messages.success(request, "Your picture is saved.")
    return redirect("account:profile")


@require_POST
def drop_picture(request: SignedInRequest) -> HttpResponse:
    pictures.remove_picture(person=request.user)
    messages.success(request, "Your picture is removed.")
    return redirect("account:profile")


@require_POST
@recently_signed_in
def ask_for_email(request: SignedInRequest) -> HttpResponse:
    """Mail a link to the new address; the old one stays until it is confirmed."""
    check_pace("email", request.user.pk, share=0.02)
    form = EmailForm(request.POST)
    if form.is_valid() and form.cleaned_data["email"].lower() == request.user.email:
        form.add_error("email", "This is your address already.")
    if not form.is_valid():
        return _show(request, email_form=form, status=422)
    email_change.ask_for_email(email=form.cleaned_data["email"], site=site_of(request), by=request.user)
    messages.success(request, "A link is on its way to the new address. Until it is opened, nothing changes.")
    return redirect("account:profile")


@require_POST
def forget_email(request: SignedInRequest) -> HttpResponse:
    email_change.forget_change(by=request.user)
    messages.success(request, "Your address stays as it is.")
    return redirect("account:profile")


@require_POST
def choose_mail(request: SignedInRequest) -> HttpResponse:
    form = MailForm(request.POST)
    if not form.is_valid():
        return _show(request, status=422)
    mail_choices.choose_mail(kinds=form.cleaned_data["kind"], of=Kind.values, by=request.user)
    messages.success(request, "What comes by mail is saved.")
    return redirect("account:profile")


@require_safe
def sessions(request: SignedInRequest) -> HttpResponse:
    """List where one is signed in."""
    found = places.places_of(request.user, request.session.session_key)
    return render(request, "account/sessions.html", {"places": found})


@require_POST
def end_session(request: SignedInRequest, place_id: int) -> HttpResponse:
    """Sign out of one place; of this one, too."""
    if places.end_place(place_id=place_id, by=request.user):
        messages.success(request, "You are signed out there.")
    else:
        messages.info(request, "You weren’t signed in there any more.")
    return redirect("account:sessions")


@require_POST
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    ended = places.end_elsewhere(here=request.session.session_key, by=request.user)
    words = "one other place" if ended == 1 else f"{ended} other places"
    messages.success(request, f"You are signed out of {words}." if ended else "You are signed in only here.")
    return redirect("account:sessions")


def _show(
    request: SignedInRequest,
    *,
    form: forms.Form | None = None,
    email_form: forms.Form | None = None,
    picture_form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with the page, with the forms as they were sent."""
    person = request.user
    kinds = [(kind, mail_choices.wants_mail(person, kind)) for kind in Kind]
    context = {
        "form": form or ProfileForm(initial=_profile_of(person)),
        "email_form": email_form or EmailForm(),
        "picture_form": picture_form or PictureForm(),
        "change": EmailChange.objects.open().filter(person=person).first(),
        "kinds": kinds if person.is_admin else [row for row in kinds if row[0] != Kind.ASKED],
    }
    return render(request, "account/profile.html", context, status=status)


def _profile_of(person: User) -> dict[str, str]:
    return {"name": person.name, "time_zone": person.time_zone}
