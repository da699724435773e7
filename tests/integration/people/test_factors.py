"""Second factors: setting them up, signing in with them, losing them, and the rule that asks for them."""

import json
from html import unescape
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import TestCase
from django.urls import reverse
from django_q.models import OrmQ
from pytest_django import Settings

from studio.audit.models import AuditEntry
from studio.people.actions import change_team_role, make_password_link
from studio.people.factors.actions import set_rule
from studio.people.models import SignInRule, TeamRole, User
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast
from tests.chores import do_chores
from tests.factories import PASSWORD
from tests.factors import code_of, give_app, give_passkey

pytestmark = pytest.mark.any_database

EVERYBODY, ADMINS, NOBODY = (
    SignInRule.TwoFactors.EVERYBODY,
    SignInRule.TwoFactors.ADMINS,
    SignInRule.TwoFactors.NOBODY,
)
SECURITY, SECOND_STEP = reverse("mfa_index"), reverse("mfa_authenticate")


def give_password(client: StrictClient, person: User) -> None:
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})


def send(client: StrictClient, address: str, **data: str) -> HttpResponse:
    """Post a form and let happen what waits for the end of its transaction."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        return client.post(address, data)


def is_in(client: StrictClient) -> bool:
    return client.get("/").status_code == 200


def verbs_of(person: User) -> list[str]:
    found = AuditEntry.objects.filter(subject_kind="user", subject_id=person.pk).order_by("id")
    return list(found.values_list("verb", flat=True))


def codes_on(client: StrictClient) -> list[str]:
    page = parse(client.post(reverse("mfa_view_recovery_codes")).content.decode())
    return [code for area in page.find_all("textarea.codes") for code in area.text().split()]


def test_an_app_is_set_up_by_its_first_code(cast: Cast) -> None:
    client, address = cast.client(cast.viewer), reverse("mfa_activate_totp")
    client.get(address)
    secret = client.session["mfa.totp.secret"]
    wrong = client.post(address, {"code": "000000"})
    assert "That isn’t right" in wrong.content.decode()
    assert not Authenticator.objects.exists()
    assert send(client, address, code=code_of(secret)).status_code == 302
    assert "textarea" not in client.get(reverse("mfa_view_recovery_codes")).content.decode()
    codes = codes_on(client)
    assert len(set(codes)) == 10
    assert codes_on(client) == [], "they are shown once"
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert not any(plain in stored for plain in (secret, *codes))
    assert verbs_of(cast.viewer) == ["factor.app_added"]
    assert [message.subject for message in do_chores()] == [
        "An authenticator app was added to your Studio account"
    ]


def test_the_password_alone_no_longer_signs_in(cast: Cast, client: StrictClient) -> None:
    give_app(cast.viewer)
    give_password(client, cast.viewer)
    assert not is_in(client)
    assert "session.started" not in verbs_of(cast.viewer)
    assert "That isn’t right" in client.post(SECOND_STEP, {"code": "000000"}).content.decode()
    client.post(SECOND_STEP, {"code": code_of()})
    assert is_in(client)
    assert verbs_of(cast.viewer) == ["factor.failed", "session.started"]
    failed = AuditEntry.objects.get(verb="factor.failed")
    assert (failed.actor, failed.details) == (None, {"address": "127.0.0.1"})


@pytest.mark.parametrize("periods", [-1, 0, 1])
def test_a_code_that_was_used_is_refused_for_as_long_as_it_is_right(
    cast: Cast, client: StrictClient, periods: int
) -> None:
    give_app(cast.viewer)
    code = code_of(periods=periods)
    give_password(client, cast.viewer)
    client.post(SECOND_STEP, {"code": f" {code[:3]} {code[3:]} "})
    assert is_in(client)
    # allauth's own mark, which it drops after a period.
    assert cache.delete(f"allauth.mfa.totp.used?user={cast.viewer.pk}&code={code}")
    another = StrictClient()
    give_password(another, cast.viewer)
    another.post(SECOND_STEP, {"code": code})
    assert not is_in(another)


def test_guessing_codes_has_to_wait(cast: Cast, client: StrictClient) -> None:
    give_app(cast.viewer)
    give_password(client, cast.viewer)
    answers = [client.post(SECOND_STEP, {"code": f"{n:06d}"}).content.decode() for n in range(6)]
    assert "Too many" in unescape(answers[-1])
    client.post(SECOND_STEP, {"code": code_of()})
    assert not is_in(client), "not even the right one"


def test_a_recovery_code_works_once_and_its_owner_is_told(cast: Cast, client: StrictClient) -> None:
    code = give_app(cast.viewer)[3]
    give_password(client, cast.viewer)
    client.post(f"{SECOND_STEP}?way=recovery", {"code": code})
    assert is_in(client)
    assert [message.subject for message in do_chores()] == ["A recovery code of your Studio account was used"]
    assert "9 of 10 left" in client.get(SECURITY).content.decode()
    another = StrictClient()
    give_password(another, cast.viewer)
    another.post(f"{SECOND_STEP}?way=recovery", {"code": code})
    assert not is_in(another)


def test_the_second_step_can_be_left_for_another_sign_in(cast: Cast, client: StrictClient) -> None:
    give_app(cast.viewer)
    give_password(client, cast.viewer)
    assert client.get(reverse("account_login")).url == SECOND_STEP
    client.post(reverse("mfa_cancel"))
    assert client.get(reverse("account_login")).status_code == 200
    assert client.get(SECOND_STEP).url == reverse("account_login")


def test_a_link_to_a_new_password_is_no_way_around(cast: Cast, client: StrictClient) -> None:
    give_app(cast.viewer)
    address = reverse("people:welcome", args=[make_password_link(person=cast.viewer, by=cast.admin)])
    answer = client.post(address, {"name": "The viewer", "password": "quite another password"})
    assert answer.url == SECOND_STEP
    assert not is_in(client)
    client.post(SECOND_STEP, {"code": code_of()})
    assert is_in(client)


NONSENSE = (
    None,
    [],
    "text",
    7,
    {},
    {"id": 1, "rawId": [], "response": 5},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "MQ"}},
    {
        "id": "AA",
        "rawId": "AA",
        "type": "public-key",
        "response": {
            "clientDataJSON": "e30",
            "attestationObject": "AA",
            "authenticatorData": "AA",
            "signature": "",
        },
    },
    {"response": {"userHandle": "x" * 5000}},
)


@pytest.mark.parametrize("credential", NONSENSE, ids=lambda value: json.dumps(value)[:40])
def test_what_is_no_passkey_is_refused(cast: Cast, client: StrictClient, credential: object) -> None:
    """In every place that takes one, whether or not a ceremony was begun."""
    sent = {"credential": json.dumps(credential)}
    alone = reverse("mfa_login_webauthn")
    client.get(alone, headers={"Accept": "application/json"})
    assert client.post(alone, sent).status_code == 302
    assert not is_in(client)
    give_app(cast.viewer)
    give_password(client, cast.viewer)
    assert client.post(SECOND_STEP, sent).status_code == 200
    assert not is_in(client)
    mine = cast.client(cast.manager)
    mine.get(reverse("mfa_add_webauthn"))
    assert mine.post(reverse("mfa_add_webauthn"), {**sent, "name": "Mine"}).status_code == 200
    assert not Authenticator.objects.filter(user=cast.manager).exists()


def test_confirming_takes_a_code_in_place_of_the_password(cast: Cast) -> None:
    give_app(cast.admin)
    client = StrictClient()
    client.force_login(cast.admin)
    asked = client.post(reverse("administration:two_factors"), {"two_factors": EVERYBODY})
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert reverse("mfa_reauthenticate") in client.get(reverse("account_reauthenticate")).content.decode()
    client.post(reverse("mfa_reauthenticate"), {"code": code_of()})
    client.post(reverse("administration:two_factors"), {"two_factors": EVERYBODY})
    assert SignInRule.objects.get().two_factors == EVERYBODY


def test_whoever_owes_a_factor_gets_no_further(cast: Cast) -> None:
    set_rule(rule=EVERYBODY, by=cast.admin)
    client = cast.client(cast.contributor)
    assert client.get("/").url == SECURITY
    assert client.get(f"/p/{cast.project.slug}/").url == SECURITY
    name = {"name": "Another"}
    assert client.post(reverse("account:profile"), name).url == SECURITY
    cast.contributor.refresh_from_db()
    assert cast.contributor.name == "The contributor"
    part = client.get(f"/p/{cast.project.slug}/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (401, SECURITY)
    there = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{SECURITY}"}
    assert client.get(reverse("notifying:bell"), headers=there).status_code == 204
    page = client.get(SECURITY).content.decode()
    assert "Your team asks for two factors." in page
    client.get(reverse("mfa_activate_totp"))
    code = code_of(client.session["mfa.totp.secret"])
    assert send(client, reverse("mfa_activate_totp"), code=code).status_code == 302
    assert len(codes_on(client)) == 10
    assert is_in(client)
    assert "Your team asks for two factors." not in client.get(SECURITY).content.decode()


def test_the_rule_for_admins_counts_from_the_next_request(cast: Cast) -> None:
    set_rule(rule=ADMINS, by=cast.admin)
    member = cast.client(cast.viewer)
    assert is_in(member)
    assert not is_in(cast.client(cast.admin))
    change_team_role(person=cast.viewer, role=TeamRole.ADMIN, by=None)
    assert member.get("/").url == SECURITY
    set_rule(rule=NOBODY, by=cast.admin)
    assert is_in(member)
    changes = AuditEntry.objects.filter(verb="factor.rule_changed").order_by("id")
    assert [entry.details["two_factors"] for entry in changes] == [["nobody", "admins"], ["admins", "nobody"]]


def test_a_passkey_is_a_second_factor_too(cast: Cast) -> None:
    give_passkey(cast.viewer)
    set_rule(rule=EVERYBODY, by=cast.admin)
    assert is_in(cast.client(cast.viewer))


def test_who_turns_the_last_factor_off_owes_one_again(cast: Cast) -> None:
    give_app(cast.viewer)
    set_rule(rule=EVERYBODY, by=cast.admin)
    client = cast.client(cast.viewer)
    assert client.post(reverse("mfa_deactivate_totp")).url == SECURITY
    assert client.get("/").url == SECURITY
    assert not Authenticator.objects.filter(user=cast.viewer).exists(), "recovery codes go with it"


def test_an_admin_takes_lost_factors_away(cast: Cast, client: StrictClient) -> None:
    give_app(cast.viewer)
    theirs = cast.client(cast.viewer)
    answer = cast.client(cast.admin).post(
        reverse("administration:person_factors_reset", args=[cast.viewer.pk]), follow=True
    )
    assert "The viewer signs in with the password alone next time." in answer.content.decode()
    assert not is_in(theirs)
    give_password(client, cast.viewer)
    assert is_in(client)
    assert [message.subject for message in do_chores()] == ["Your second factors for Studio were taken away"]
    assert verbs_of(cast.viewer)[0] == "factor.reset"


def test_the_command_line_takes_them_away_too(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    give_app(cast.admin)
    call_command("reset_factors", "ADMIN@example.com")
    assert not Authenticator.objects.exists()
    assert "signs in with the password alone" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("reset_factors", "nobody@example.com")


def test_passkeys_are_renamed_and_removed(cast: Cast) -> None:
    passkey, client = give_passkey(cast.viewer), cast.client(cast.viewer)
    client.post(reverse("mfa_edit_webauthn", args=[passkey.pk]), {"name": "Blue key"})
    assert "Blue key" in client.get(SECURITY).content.decode()
    assert client.post(reverse("mfa_remove_webauthn", args=[passkey.pk])).url == SECURITY
    assert not Authenticator.objects.exists()
    assert OrmQ.objects.count() == 1, "the mail that tells of it"


def test_secrets_of_factors_change_their_encryption_key_with_all_others(
    cast: Cast, client: StrictClient, settings: Settings
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [old]
    codes = give_app(cast.viewer)
    client_with_code = StrictClient()
    give_password(client_with_code, cast.viewer)
    client_with_code.post(SECOND_STEP, {"code": codes[0]})
    settings.ENCRYPTION_KEYS = [new, old]
    out = StringIO()
    call_command("rotate_encryption", stdout=out)
    assert "2 encrypted anew" in out.getvalue()
    settings.ENCRYPTION_KEYS = [new]
    give_password(client, cast.viewer)
    client.post(SECOND_STEP, {"code": codes[0]})
    assert not is_in(client), "what was used stays used"
    client.post(SECOND_STEP, {"code": codes[1]})
    assert is_in(client)
