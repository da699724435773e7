"""The company's provider, as the environment names it."""

import pytest

from project.company import Company, read_company
from project.environment import Environment, WrongSetting

ALL = {
    "STUDIO_OIDC_URL": "https://id.acme.com/realms/all/.well-known/openid-configuration",
    "STUDIO_OIDC_CLIENT_ID": "studio",
    "STUDIO_OIDC_CLIENT_SECRET": "short but given",
}


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Company | None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_company(Environment())


def test_without_variables_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch) is None


def test_all_is_read_and_the_secret_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    company = read(monkeypatch, **ALL, STUDIO_OIDC_NAME="acme", STUDIO_OIDC_DOMAINS="@Acme.com, acme.co.uk")
    assert company == Company(
        "https://id.acme.com/realms/all",
        "studio",
        "short but given",
        "acme",
        frozenset({"acme.com", "acme.co.uk"}),
    )
    assert company
    assert company.title == "Acme"
    assert "short but given" not in repr(company)


@pytest.mark.parametrize("missing", ALL)
def test_half_of_one_is_refused(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongSetting) as refusal:
        read(monkeypatch, **{name: value for name, value in ALL.items() if name != missing})
    assert str(refusal.value) == f"To sign in through a company, {missing} must be set, too."


def test_domains_alone_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongSetting, match="STUDIO_OIDC_DOMAINS is set, but"):
        read(monkeypatch, STUDIO_OIDC_DOMAINS="acme.com")


def test_a_name_that_fits_no_button_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongSetting, match="at most 40 characters"):
        read(monkeypatch, **ALL, STUDIO_OIDC_NAME="x" * 41)


def test_plain_http_is_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {**ALL, "STUDIO_OIDC_URL": "http://127.0.0.1:9000/"}
    company = read(monkeypatch, **here)
    assert company
    assert company.issuer == "http://127.0.0.1:9000"
