"""The address of a mail server: what it says, and what is refused."""

import pytest

from project.environment import Environment, WrongSetting
from project.mail import mail_server


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtp://mail.example", ("mail.example", 25, "", "", False, False)),
        (
            "smtp://me%40x.org:p%2Fw@mail.example:587/?tls=true",
            ("mail.example", 587, "me@x.org", "p/w", True, False),
        ),
        ("smtps://u:p@mail.example", ("mail.example", 465, "u", "p", False, True)),
    ],
)
def test_an_address_names_a_server(url: str, said: tuple[object, ...]) -> None:
    assert tuple(mail_server(url).values()) == said


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "https://u:hunter2@mail.example",
        "smtp://u:hunter2@mail.example:0",
        "smtp://u:hunter2@mail.example/?tls=perhaps",
        "smtp://u:hunter2@mail.example/?tsl=true",
        "smtps://u:hunter2@mail.example/?tls=true",
        "smtp://u:hunter2@mail.example/inbox",
    ],
)
def test_what_makes_no_sense_stops_the_start_and_keeps_the_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_EMAIL_URL", url)
    with pytest.raises(WrongSetting) as refusal:
        Environment().mail("STUDIO_EMAIL_URL")
    assert str(refusal.value).startswith("STUDIO_EMAIL_URL is set, but must be an address such as")
    assert "hunter2" not in str(refusal.value)
