"""Who comes in through the company, as what, and who doesn't."""

import time
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.urls import reverse
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.invitations.actions import invite, revoke
from studio.invitations.models import Invitation
from studio.invitations.tokens import token_of
from studio.kit.clock import now
from studio.people.actions import add_person
from studio.people.models import TeamRole, User
from studio.projects.models import Membership, ProjectRole
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast
from tests.company_provider import BEGIN, CALLBACK, CompanyProvider, begin, come_by
from tests.factories import PASSWORD

pytestmark = pytest.mark.any_database
NORA = "nora@example.com"


def invite_nora(cast: Cast, role: TeamRole = TeamRole.GUEST) -> Invitation:
    joins = {cast.project: ProjectRole.CONTRIBUTOR}
    invite(addresses=[NORA], role=role, joins=joins, site="http://here/", by=cast.admin)
    return Invitation.objects.get()


def words_of(answer) -> str:  # type: ignore[no-untyped-def]
    return parse(answer.content.decode()).text()


def is_signed_in(client: StrictClient) -> bool:
    return client.get("/").status_code == 200


def session_entries() -> list[tuple[str, object]]:
    entries = AuditEntry.objects.filter(verb__startswith="session.").order_by("id")
    return [(entry.verb, entry.details.get("company")) for entry in entries]


def test_the_button_stands_on_the_sign_in_and_on_an_invitation(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    for page in (reverse("account_login"), reverse("invitations:join", args=[token_of(invite_nora(cast))])):
        form = parse(client.get(page).content.decode()).find(f"form[action={BEGIN}]")
        assert form is not None
        assert form.text().strip() == "Continue with Acme"


def test_without_a_provider_there_is_no_button(cast: Cast, client: StrictClient) -> None:
    for page in (reverse("account_login"), reverse("invitations:join", args=[token_of(invite_nora(cast))])):
        assert "Continue with" not in client.get(page).content.decode()
    assert "Sign-in through" not in cast.client(cast.viewer).get(reverse("mfa_index")).content.decode()


def test_an_invited_person_comes_in_with_the_role_and_the_project(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    invitation = invite_nora(cast)
    provider.knows("nora", "Nora@Example.com", name="Nora Berg")
    answer = come_by(client, provider, "nora")
    assert (answer.status_code, answer["Location"]) == (302, "/p/spring/")
    nora = User.objects.get(email=NORA)
    assert (nora.name, nora.role, nora.has_usable_password()) == ("Nora Berg", TeamRole.GUEST, False)
    assert Membership.objects.get(user=nora).role == ProjectRole.CONTRIBUTOR
    assert client.get("/p/spring/").status_code == 200
    invitation.refresh_from_db()
    assert invitation.accepted_by == nora
    assert session_entries() == [("session.started", None)]
    assert AuditEntry.objects.filter(verb="person.company_linked", actor=nora.pk).exists()
    # Afterwards the link of the invitation is used up.
    assert "has been used" in words_of(
        StrictClient().get(reverse("invitations:join", args=[token_of(invitation)]))
    )


@pytest.mark.parametrize(
    ("says", "name"),
    [
        (" Nora\0\u202e <b>Berg</b>\r\n", "Nora <b>Berg</b>"),
        ("N" * 500, "N" * 120),
        (["Nora"], ""),
        ("\ud800", ""),
        (None, ""),
    ],
)
def test_a_name_is_what_can_be_shown_of_it(
    cast: Cast, client: StrictClient, provider: CompanyProvider, says: object, name: str
) -> None:
    invite_nora(cast)
    provider.knows("nora", NORA, name=says)
    come_by(client, provider, "nora")
    assert User.objects.get(email=NORA).name == name
    assert client.get("/p/spring/").status_code == 200


def test_the_second_time_the_subject_counts_and_not_the_address(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    invite_nora(cast)
    provider.knows("nora", NORA)
    come_by(client, provider, "nora")
    provider.knows("nora", "married@example.com", email_verified=False)
    other = StrictClient()
    assert come_by(other, provider, "nora")["Location"] == "/"
    assert NORA in other.get("/account/").content.decode()
    assert User.objects.filter(email__startswith="married").count() == 0


def test_an_account_is_recognized_by_its_confirmed_address_and_keeps_role_and_password(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    provider.knows("g-1", cast.guest.email, name="Somebody")
    assert come_by(client, provider, "g-1").status_code == 302
    guest = User.objects.get(pk=cast.guest.pk)
    assert (guest.role, guest.name) == (TeamRole.GUEST, "The guest")
    assert guest.check_password(PASSWORD)
    assert client.get("/p/playground/").status_code == 404
    assert SocialAccount.objects.get().extra_data == {}
    assert not SocialToken.objects.exists()


def test_people_of_the_companys_domains_come_in_as_members(
    cast: Cast, client: StrictClient, provider: CompanyProvider, settings: Settings
) -> None:
    settings.COMPANY = provider.company(domains=frozenset({"acme.com"}))
    provider.knows("wil", "wil@acme.com")
    assert come_by(client, provider, "wil")["Location"] == "/"
    assert User.objects.get(email="wil@acme.com").role == TeamRole.MEMBER
    for subject, email in (("eve", "eve@notacme.com"), ("mal", "mal@acme.com.example.com")):
        provider.knows(subject, email)
        assert come_by(StrictClient(), provider, subject).status_code == 403
    invite(addresses=["gil@acme.com"], role=TeamRole.GUEST, joins={}, site="http://here/", by=cast.admin)
    provider.knows("gil", "gil@acme.com")
    come_by(StrictClient(), provider, "gil")
    assert User.objects.get(email="gil@acme.com").role == TeamRole.GUEST


@pytest.mark.parametrize("spoil", ["nobody", "revoked", "expired", "not_backed"])
def test_who_is_not_invited_any_more_is_told_what_to_do(
    cast: Cast, client: StrictClient, provider: CompanyProvider, spoil: str
) -> None:
    if spoil != "nobody":
        invitation = invite_nora(cast, TeamRole.MEMBER)
    if spoil == "revoked":
        revoke(invitation=invitation, by=cast.admin)
    if spoil == "expired":
        Invitation.objects.update(expires_at=now() - timedelta(seconds=1))
    if spoil == "not_backed":
        User.objects.filter(pk=cast.admin.pk).update(role=TeamRole.MEMBER)
    people = User.objects.count()
    provider.knows("nora", NORA)
    answer = come_by(client, provider, "nora")
    assert answer.status_code == 403
    assert "Ask an admin of your team to invite it." in words_of(answer)
    assert not is_signed_in(client)
    assert User.objects.count() == people
    assert session_entries() == [("session.failed", "unknown")]


@pytest.mark.parametrize("says", [False, None, "false", "yes", 1])
def test_an_address_that_is_not_confirmed_opens_nothing(
    cast: Cast, client: StrictClient, provider: CompanyProvider, says: object
) -> None:
    provider.knows("v-1", cast.viewer.email, email_verified=says)
    answer = come_by(client, provider, "v-1")
    assert answer.status_code == 403
    assert "doesn’t say that your e-mail address is confirmed" in words_of(answer)
    assert not is_signed_in(client)
    assert not SocialAccount.objects.exists()


def test_a_provider_that_says_true_as_a_word_is_understood(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    provider.knows("v-1", cast.viewer.email, email_verified="true")
    assert come_by(client, provider, "v-1").status_code == 302


def test_what_is_said_of_one_address_is_not_said_of_another(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    """The token has an address of which userinfo says nothing, since it has another."""
    provider.knows("v-1", "own@example.com")
    provider.faults.claims = {"email": cast.admin.email, "email_verified": None}
    assert come_by(client, provider, "v-1").status_code == 403
    provider.faults.claims = {"email": None, "email_verified": True}
    provider.faults.userinfo = {"email": cast.admin.email, "email_verified": None}
    assert come_by(client, provider, "v-1").status_code == 403
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "missing", [{"email": None, "email_verified": None}, {"email_verified": None}], ids=len
)
def test_the_address_may_stand_in_userinfo(
    cast: Cast, client: StrictClient, provider: CompanyProvider, missing: dict[str, None]
) -> None:
    provider.knows("v-1", cast.viewer.email)
    provider.faults.claims = missing
    assert come_by(client, provider, "v-1").status_code == 302
    assert is_signed_in(client)


def test_a_deactivated_person_stays_out_by_address_and_by_link(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    provider.knows("d-1", cast.deactivated.email)
    for _ in range(2):
        answer = come_by(client, provider, "d-1")
        assert answer.status_code == 403
        assert "Your account here was deactivated." in words_of(answer)
        assert not is_signed_in(client)
        if not SocialAccount.objects.exists():
            SocialAccount.objects.create(user=cast.deactivated, provider=provider.url, uid="d-1")
    assert session_entries() == [("session.failed", "deactivated")] * 2
    assert AuditEntry.objects.filter(verb="session.failed", subject_id=cast.deactivated.pk).count() == 2


def test_who_gets_somebody_elses_address_does_not_get_their_account(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    provider.knows("old", cast.viewer.email)
    come_by(client, provider, "old")
    provider.knows("new", cast.viewer.email)
    other = StrictClient()
    answer = come_by(other, provider, "new")
    assert answer.status_code == 409
    assert "don’t belong together" in words_of(answer)
    assert not is_signed_in(other)


def test_the_same_subject_of_another_provider_is_somebody_else(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    SocialAccount.objects.create(user=cast.admin, provider="https://elsewhere.example.com", uid="v-1")
    provider.knows("v-1", cast.viewer.email)
    come_by(client, provider, "v-1")
    assert cast.viewer.email in client.get("/account/").content.decode()


def test_it_leads_to_the_page_that_was_asked_for_but_never_elsewhere(
    cast: Cast, provider: CompanyProvider
) -> None:
    provider.knows("v-1", cast.viewer.email)
    asked = {"/p/spring/?x=1": "/p/spring/?x=1", "https://evil.example.com/": "/", "//evil.example.com": "/"}
    for page, led in asked.items():
        assert come_by(StrictClient(), provider, "v-1", next=page)["Location"] == led
    page = parse(StrictClient().get(f"{reverse('account_login')}?next=/p/spring/").content.decode())
    button = page.find(f"form[action={BEGIN}] input[name=next]")
    assert button is not None
    assert button.attrs["value"] == "/p/spring/"


def test_a_sign_in_begins_with_a_press(cast: Cast, provider: CompanyProvider) -> None:
    client = StrictClient(enforce_csrf_checks=True)
    assert client.get(BEGIN).status_code == 405
    assert client.post(BEGIN).status_code == 403
    assert provider.asked == []


def test_the_address_carries_what_guards_the_way_back(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    asked = [dict(parse_qsl(urlsplit(begin(client)).query)) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name]) >= 43
    assert asked[0]["redirect_uri"] == f"http://testserver{CALLBACK}"
    assert asked[0]["scope"].split() == ["openid", "email", "profile"]
    assert "prompt" not in asked[0]


def test_the_public_address_is_where_people_come_back_to(
    cast: Cast, client: StrictClient, provider: CompanyProvider, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://studio.example.com"
    asked = dict(parse_qsl(urlsplit(begin(client)).query))
    assert asked["redirect_uri"] == f"https://studio.example.com{CALLBACK}"


def test_a_state_is_good_once_in_one_browser_and_for_ten_minutes(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    provider.knows("v-1", cast.viewer.email)
    used = provider.visit(begin(client), "v-1")
    client.get(used)
    client.post(reverse("account_logout"))
    late = provider.visit(begin(client), "v-1")
    session = client.session
    states = session["socialaccount_states"]
    session["socialaccount_states"] = {
        key: (kept, time.time() - 601, by) for key, (kept, _, by) in states.items()
    }
    session.save()
    elsewhere = provider.visit(begin(StrictClient()), "v-1")
    for address in (used, late, elsewhere, CALLBACK, f"{CALLBACK}?state=x&code=y", f"{CALLBACK}?state=%00"):
        answer = client.get(address)
        assert answer.status_code == 400
        assert "was begun in another browser" in words_of(answer)
        assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("access_denied", 400, "was cancelled at Acme"),
        ("server_error", 403, "Acme declined to sign you in."),
    ],
)
def test_what_the_provider_refuses_is_said_in_our_words(
    cast: Cast, client: StrictClient, provider: CompanyProvider, error: str, status: int, words: str
) -> None:
    state = dict(parse_qsl(urlsplit(begin(client)).query))["state"]
    answer = client.get(CALLBACK, {"state": state, "error": error, "error_description": "<b>Their words</b>"})
    assert answer.status_code == status
    assert words in words_of(answer)
    assert "Their words" not in answer.content.decode()
    assert "Their words" not in str(list(AuditEntry.objects.values("details")))
    assert parse(answer.content.decode()).find(f"a[href={reverse('account_login')}]")


def test_somebody_else_who_comes_back_takes_the_session_over(cast: Cast, provider: CompanyProvider) -> None:
    client = cast.client(cast.contributor)
    provider.knows("v-1", cast.viewer.email)
    come_by(client, provider, "v-1")
    assert cast.viewer.email in client.get("/account/").content.decode()


def test_who_presses_too_often_is_asked_to_wait(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    statuses = [client.post(BEGIN).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    assert provider.asked.count("/.well-known/openid-configuration") == 30


def test_who_came_by_the_company_is_not_called_one_who_waits(
    cast: Cast, client: StrictClient, provider: CompanyProvider
) -> None:
    add_person(email="tom@example.com", by=None)
    people = reverse("administration:people")
    assert words_of(cast.client(cast.admin).get(people)).count("No password yet") == 1
    provider.knows("tom", "tom@example.com")
    come_by(client, provider, "tom")
    assert "No password yet" not in words_of(cast.client(cast.admin).get(people))
