"""What a provider says of itself, and where it may lead."""

import pytest

from project.company import Company
from studio.company.provider import read_configuration
from studio.company.refusals import Refused
from studio.kit.wire import JsonObject

ACME = Company("https://id.acme.com/realms/all", "studio", "secret")
GOOD: JsonObject = {
    "issuer": "https://id.acme.com/realms/all/",
    "authorization_endpoint": "https://login.acme.com/authorize?tenant=1",
    "token_endpoint": "https://id.acme.com/token",
    "jwks_uri": "https://keys.acme.com/",
}


def test_a_provider_may_have_several_addresses_and_a_slash_more() -> None:
    provider = read_configuration(GOOD, ACME)
    assert provider.issuer == "https://id.acme.com/realms/all/"
    assert (provider.authorization, provider.userinfo) == ("https://login.acme.com/authorize?tenant=1", "")


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"]
)
@pytest.mark.parametrize(
    "address",
    [
        "http://id.acme.com/",
        "https://id.acme.com/ x",
        "https://id.acme.com/\n",
        "//id.acme.com",
        "https://[",
        "https://?a",
        7,
        [1],
    ],
)
def test_an_address_that_may_not_be_asked_is_refused(name: str, address: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_configuration({**GOOD, name: address}, ACME)
    assert refusal.value.detail.startswith(name)


@pytest.mark.parametrize("issuer", ["https://id.acme.com/realms/other", "https://id.acme.com", "", None])
def test_another_provider_is_refused(issuer: str | None) -> None:
    with pytest.raises(Refused):
        read_configuration({**GOOD, "issuer": issuer}, ACME)
