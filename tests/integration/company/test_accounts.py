"""Accounts that are tied to the company's provider: confirming, linking, unlinking, passwords, leaving."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import TestCase
from django.urls import reverse
from pytest_django import Settings

from project.company import Company
from studio.audit.models import AuditEntry
from studio.company.actions import let_in
from studio.company.provider import Identity
from studio.company.refusals import Refused
from studio.invitations.actions import invite
from studio.people.actions import add_person
from studio.people.factors.actions import set_rule
from studio.people.models import SignInRule, TeamRole, User
from studio.projects.models import Membership, ProjectRole
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast, confirm_password
from tests.chores import do_chores
from tests.company_provider import CompanyProvider, begin, come_by
from tests.factories import PASSWORD
from tests.factors import code_of, give_app

CONFIRM, LINK, UNLINK = "/accounts/company/confirm/", "/account/company/link", "/account/company/unlink"
SECURITY = "/accounts/two-factors/"


def words_of(answer) -> str:  # type: ignore[no-untyped-def]
    return parse(answer.content.decode()).text()


def come_as_newcomer(provider: CompanyProvider, role: TeamRole = TeamRole.ADMIN) -> StrictClient:
    """Return the browser of somebody who came by the company and has no password."""
    if not User.objects.filter(email="tom@example.com").exists():
        add_person(email="tom@example.com", name="Tom", role=role, by=None)
    provider.knows("tom", "tom@example.com")
    client = StrictClient()
    come_by(client, provider, "tom")
    return client


def forget_proofs(client: StrictClient, seconds_ago: float = 16 * 60) -> None:
    session = client.session
    for proof in session["account_authentication_methods"]:
        proof["at"] = time.time() - seconds_ago
    session["account_authentication_methods"] = session["account_authentication_methods"]
    session.save()


def asked_to_confirm(client: StrictClient) -> str:
    """Do what only who is confirmed may do; return where it leads instead, empty where it is done."""
    person = User.objects.get(email="viewer@example.com")
    answer = client.post(reverse("administration:person_link", args=[person.pk]))
    return "" if answer.status_code == 200 else str(answer["Location"])


@pytest.mark.any_database
def test_a_fresh_sign_in_counts_and_an_old_one_is_confirmed_at_the_company(
    cast: Cast, provider: CompanyProvider
) -> None:
    client = come_as_newcomer(provider)
    assert not asked_to_confirm(client)
    forget_proofs(client)
    asked = asked_to_confirm(client)
    assert asked.startswith("/accounts/reauthenticate/")
    led = client.get(asked)
    assert urlsplit(led["Location"]).path == CONFIRM
    page = client.get(led["Location"])
    assert "Sign in at Acme once more" in words_of(page)
    assert "Use your password" not in words_of(page)
    back = come_back(client, provider, "tom", next="/admin/people/")
    assert back["Location"] == "/admin/people/"
    assert not asked_to_confirm(client)


def come_back(client: StrictClient, provider: CompanyProvider, subject: str, **data: str):  # type: ignore[no-untyped-def]
    address = begin(client, CONFIRM, **data)
    assert dict(parse_qsl(urlsplit(address).query))["prompt"] == "login"
    return client.get(provider.visit(address, subject))


@pytest.mark.any_database
def test_who_comes_in_where_somebody_else_was_has_just_proved_it(
    cast: Cast, provider: CompanyProvider
) -> None:
    client = cast.client(cast.viewer)
    provider.knows("a-1", cast.admin.email)
    come_by(client, provider, "a-1")
    assert not asked_to_confirm(client)
    closed = AuditEntry.objects.get(verb="session.closed")
    assert closed.subject_id == cast.viewer.pk


@pytest.mark.any_database
def test_who_has_a_password_too_chooses(cast: Cast, provider: CompanyProvider) -> None:
    provider.knows("a-1", cast.admin.email)
    client = StrictClient()
    come_by(client, provider, "a-1")
    page = parse(client.get("/accounts/reauthenticate/?next=/admin/people/").content.decode())
    way = page.find(f"a[href={CONFIRM}?next=%2Fadmin%2Fpeople%2F]")
    assert way is not None
    assert way.text() == "Confirm through Acme"
    other = parse(client.get(way.attrs["href"]).content.decode())
    assert other.find("a[href=/accounts/reauthenticate/?next=%2Fadmin%2Fpeople%2F]")
    unlinked = cast.client(cast.viewer).get("/accounts/reauthenticate/")
    assert "Acme" not in unlinked.content.decode()


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("subject", "claims", "words"),
    [
        ("eve", {}, "At Acme you are somebody else than here."),
        ("tom", {"auth_time": 1}, "Acme didn’t ask you who you are"),
    ],
)
def test_a_confirmation_by_others_or_by_nobody_is_none(
    cast: Cast, provider: CompanyProvider, subject: str, claims: dict[str, int], words: str
) -> None:
    client = come_as_newcomer(provider)
    forget_proofs(client)
    provider.knows("eve", "eve@example.com")
    provider.faults.claims = claims
    answer = come_back(client, provider, subject)
    assert answer.status_code == 403
    assert words in words_of(answer)
    assert asked_to_confirm(client).startswith("/accounts/reauthenticate/")
    assert "tom@example.com" in client.get("/account/").content.decode()


@pytest.mark.any_database
def test_one_links_ones_own_account_without_a_confirmed_address(
    cast: Cast, provider: CompanyProvider
) -> None:
    client = cast.client(cast.viewer)
    assert "Not linked." in words_of(client.get(SECURITY))
    provider.knows("v-1", "elsewhere@example.com", email_verified=None)
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.get(provider.visit(begin(client, LINK), "v-1"))
    assert answer["Location"] == SECURITY
    assert "From now on you can sign in through Acme." in words_of(client.get(SECURITY))
    assert "Linked since" in words_of(client.get(SECURITY))
    (told,) = do_chores()
    assert told.to == [cast.viewer.email]
    assert told.subject == "Your Studio account was linked with your company’s sign-in"
    other = StrictClient()
    come_by(other, provider, "v-1")
    assert cast.viewer.email in other.get("/account/").content.decode()


@pytest.mark.any_database
def test_what_is_tied_already_is_not_tied_again(cast: Cast, provider: CompanyProvider) -> None:
    provider.knows("v-1", cast.viewer.email)
    come_by(StrictClient(), provider, "v-1")
    provider.knows("v-2", "other@example.com")
    for person, subject in ((cast.stranger, "v-1"), (cast.viewer, "v-2")):
        client = cast.client(person)
        answer = client.get(provider.visit(begin(client, LINK), subject))
        assert answer.status_code == 409
        assert "don’t belong together" in words_of(answer)
    assert SocialAccount.objects.get().user == cast.viewer


@pytest.mark.any_database
def test_linking_is_confirmed_first_and_is_for_who_began_it(cast: Cast, provider: CompanyProvider) -> None:
    client = cast.client(cast.viewer)
    confirm_password(client, cast.viewer, seconds_ago=16 * 60)
    for address in (LINK, UNLINK):
        assert client.post(address)["Location"].startswith("/accounts/reauthenticate/")
    confirm_password(client, cast.viewer)
    provider.knows("v-1", "v@example.com")
    back = provider.visit(begin(client, LINK), "v-1")
    other = cast.client(cast.stranger)
    session = other.session
    session["socialaccount_states"] = client.session["socialaccount_states"]
    session.save()
    client.post(reverse("account_logout"))
    assert [other.get(back).status_code, client.get(back).status_code] == [400, 400]
    assert not SocialAccount.objects.exists()


@pytest.mark.any_database
def test_one_unlinks_where_there_is_a_password(cast: Cast, provider: CompanyProvider) -> None:
    provider.knows("v-1", cast.viewer.email)
    client = StrictClient()
    with TestCase.captureOnCommitCallbacks(execute=True):
        come_by(client, provider, "v-1")
        assert client.post(UNLINK)["Location"] == SECURITY
    assert [told.subject.partition(" was ")[2] for told in do_chores()] == [
        "linked with your company’s sign-in",
        "unlinked from your company’s sign-in",
    ]
    assert not SocialAccount.objects.exists()
    verbs = AuditEntry.objects.filter(verb__startswith="person.company").order_by("id")
    assert [entry.verb for entry in verbs] == ["person.company_linked", "person.company_unlinked"]


@pytest.mark.any_database
def test_the_only_way_in_stays(cast: Cast, provider: CompanyProvider) -> None:
    client = come_as_newcomer(provider)
    page = client.get(SECURITY)
    assert "You have no password here, and need none." in words_of(page)
    assert UNLINK not in page.content.decode()
    answer = client.post(UNLINK)
    assert answer.status_code == 409
    assert "This is your only way in." in words_of(answer)
    assert SocialAccount.objects.exists()


@pytest.mark.any_database
def test_who_has_no_password_gets_one_by_mail_only(
    cast: Cast, provider: CompanyProvider, settings: Settings
) -> None:
    client = come_as_newcomer(provider)
    led = client.get(reverse("account_change_password"))
    assert led["Location"] == reverse("account_set_password")
    without_mail = client.get(led["Location"])
    assert "an admin of your team makes you a link" in words_of(without_mail)
    settings.EMAIL_URL = "smtp://mail.example.com"
    page = parse(client.get(led["Location"]).content.decode())
    form = page.find("form[action=/accounts/password/reset/]")
    assert form is not None
    assert not page.find("input[type=password]")
    email = form.find("input[name=email]")
    assert email is not None
    client.post(form.attrs["action"], {"email": email.attrs["value"]})
    (sent,) = do_chores()
    link = re.findall(r"http://testserver(/\S+)", sent.body)[0]
    opened = StrictClient().get(link, follow=True)
    browser = StrictClient()
    browser.get(link)
    browser.post(opened.redirect_chain[-1][0], {"password1": "quite a good password"})
    assert User.objects.get(email="tom@example.com").check_password("quite a good password")
    assert cast.client(cast.viewer).get(reverse("account_set_password")).status_code == 302


@pytest.mark.any_database
@pytest.mark.parametrize("add", ["mfa_activate_totp", "mfa_add_webauthn"])
def test_a_first_factor_is_added_after_confirming_at_the_company(
    cast: Cast, provider: CompanyProvider, add: str
) -> None:
    client = come_as_newcomer(provider)
    assert client.get(reverse(add)).status_code == 200
    forget_proofs(client)
    assert urlsplit(client.get(reverse(add))["Location"]).path == CONFIRM
    come_back(client, provider, "tom")
    assert client.get(reverse(add)).status_code == 200


@pytest.mark.any_database
def test_the_company_stands_for_the_second_factor_that_a_team_asks_for_but_not_for_ones_own(
    cast: Cast, provider: CompanyProvider
) -> None:
    set_rule(rule=SignInRule.TwoFactors.EVERYBODY, by=cast.admin)
    client = come_as_newcomer(provider)
    assert client.get("/").status_code == 200
    give_app(User.objects.get(email="tom@example.com"))
    other = StrictClient()
    assert come_by(other, provider, "tom")["Location"] == reverse("mfa_authenticate")
    assert other.get("/").status_code == 302
    assert other.post(reverse("mfa_authenticate"), {"code": code_of()}).status_code == 302
    assert other.get("/").status_code == 200


@pytest.mark.any_database
def test_who_has_lost_the_company_reads_how_to_get_a_password(
    cast: Cast, provider: CompanyProvider, settings: Settings
) -> None:
    client = come_as_newcomer(provider)
    forget_proofs(client)
    settings.COMPANY = None
    for asked in (asked_to_confirm(client), reverse("mfa_add_webauthn")):
        led = client.get(asked)["Location"]
        assert urlsplit(led).path == reverse("account_set_password")
        assert "You need one to sign in, and to confirm that it’s you." in words_of(client.get(led))


@pytest.mark.any_database
def test_another_address_changes_nothing_about_the_link(cast: Cast, provider: CompanyProvider) -> None:
    client = come_as_newcomer(provider)
    User.objects.filter(email="tom@example.com").update(email="tom.new@example.com")
    again = StrictClient()
    come_by(again, provider, "tom")
    assert "tom.new@example.com" in again.get("/account/").content.decode()
    assert client.get("/").status_code == 200


@pytest.mark.any_database
def test_a_password_still_works_beside_it(cast: Cast, provider: CompanyProvider) -> None:
    provider.knows("v-1", cast.viewer.email)
    come_by(StrictClient(), provider, "v-1")
    client = StrictClient()
    client.post(reverse("account_login"), {"login": cast.viewer.email, "password": PASSWORD})
    assert client.get("/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_one_uses_the_invitation_up(cast: Cast) -> None:
    joins = {cast.project: ProjectRole.VIEWER}
    invite(addresses=["nora@example.com"], role=TeamRole.MEMBER, joins=joins, site="http://h/", by=cast.admin)
    start = Barrier(10)

    def arrive(number: int) -> str:
        company = Company("https://id.example.com", "studio", "secret")
        start.wait()
        try:
            identity = Identity(company.issuer, "nora", "nora@example.com", f"Nora {number}")
            return str(let_in(identity=identity, company=company).person.pk)
        except Refused as refusal:
            return refusal.reason
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(arrive, range(10)))
    nora = User.objects.get(email="nora@example.com")
    assert str(nora.pk) in answers
    assert answers <= {str(nora.pk), "raced"}
    assert Membership.objects.filter(user=nora).count() == 1
    assert SocialAccount.objects.get().user == nora
