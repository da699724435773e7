"""Encryption keys: from the environment or a file, changed without a pause, and never made anew when lost."""

from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from project.data_folder import DataFolder
from project.environment import Environment
from studio.catalog.actions import install_catalog
from studio.catalog.models import Provider
from studio.keys.actions import add_key, ensure_encryption_key, ensure_sandbox_keys
from studio.keys.models import ApiKey
from studio.keys.queries import can_be_read, encryption_problem, secret_of, waiting_reason
from studio.kit.crypto import NoEncryptionKey, WrongEncryptionKey, decrypt, encrypt
from tests.cast import Cast
from tests.pictures import make_image

pytestmark = pytest.mark.django_db
SECRET = "ms-1234567890abcdefghij"


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> DataFolder:
    """A data folder of a new installation, and no keys in the environment."""
    settings.DATA = DataFolder(tmp_path)
    settings.ENCRYPTION_KEYS = []
    settings.ENCRYPTION_KEYS_FILE = settings.DATA.encryption_keys_file
    return settings.DATA


@pytest.fixture
def keys_file(folder: DataFolder) -> Path:
    assert ensure_encryption_key()
    return folder.encryption_keys_file


@pytest.fixture
def provider() -> Provider:
    return Provider.objects.create(slug="mountsea", name="Mountsea", base_url="https://api.example.com")


def fresh() -> str:
    return Fernet.generate_key().decode()


def rotate() -> str:
    out = StringIO()
    call_command("rotate_encryption", stdout=out)
    return out.getvalue()


def test_a_new_installation_makes_its_key_once(folder: DataFolder) -> None:
    with pytest.raises(NoEncryptionKey, match=r"encryption_keys is missing or empty"):
        encrypt(SECRET)
    assert ensure_encryption_key()
    token, made = encrypt(SECRET), folder.encryption_keys_file.read_text()
    assert folder.encryption_keys_file.stat().st_mode & 0o777 == 0o600
    assert ensure_encryption_key()
    assert folder.encryption_keys_file.read_text() == made
    assert decrypt(token) == SECRET


def test_a_file_is_read_anew_each_time_with_comments_and_several_keys(keys_file: Path) -> None:
    token, old = encrypt(SECRET), keys_file.read_text()
    new = fresh()
    keys_file.write_text(f"# since today\n{new}\n\n{old}\n")
    assert decrypt(token) == SECRET
    assert Fernet(new).decrypt(encrypt(SECRET).encode()) == SECRET.encode()
    keys_file.write_text(new)
    with pytest.raises(WrongEncryptionKey, match="isn't what it was encrypted with"):
        decrypt(token)
    keys_file.write_text("nonsense")
    with pytest.raises(NoEncryptionKey, match="holds a line that is no encryption key"):
        decrypt(token)


def test_the_setting_is_a_list_or_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = fresh(), fresh()
    monkeypatch.setenv("STUDIO_X", f"{one}, {other}")
    assert Environment().fernet_keys("STUDIO_X") == [one, other]
    monkeypatch.setenv("STUDIO_X", "/run/secrets/keys")
    assert Environment().fernet_keys("STUDIO_X") == Path("/run/secrets/keys")


def test_everything_is_encrypted_anew_counted_and_may_be_repeated(
    provider: Provider, keys_file: Path
) -> None:
    ensure_sandbox_keys()
    keys = [add_key(provider=provider, label=f"Key {n}", secret=f"{SECRET}-{n}") for n in range(3)]
    new, old = fresh(), keys_file.read_text()
    keys_file.write_text(f"{new}\n{old}")
    keys.append(add_key(provider=provider, label="Later", secret=f"{SECRET}-later"))
    assert rotate() == "4 encrypted anew, 1 already with the first key.\n"
    assert rotate() == "0 encrypted anew, 5 already with the first key.\n"
    keys_file.write_text(new)
    for key in keys:
        key.refresh_from_db()
        assert secret_of(key).startswith(SECRET)


def test_what_cannot_be_read_is_counted_and_left_as_it_is(provider: Provider, keys_file: Path) -> None:
    add_key(provider=provider, label="Key", secret=SECRET)
    lost = add_key(provider=provider, label="Lost", secret=f"{SECRET}-2")
    token = Fernet(fresh()).encrypt(b"lost").decode()
    ApiKey.objects.filter(pk=lost.pk).update(secret_encrypted=token)
    keys_file.write_text(f"{fresh()}\n{keys_file.read_text()}")
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 can't be read with any of the keys") as refusal:
        call_command("rotate_encryption", stdout=out)
    assert (refusal.value.returncode, out.getvalue()[:18]) == (1, "1 encrypted anew, ")
    assert ApiKey.objects.get(pk=lost.pk).secret_encrypted == token
    assert encryption_problem() == "", "one of two is enough to work with"
    keys_file.unlink()
    with pytest.raises(CommandError, match="There is no encryption key"):
        call_command("rotate_encryption")


def test_a_lost_key_is_not_made_anew_while_api_keys_are_stored(provider: Provider, keys_file: Path) -> None:
    ensure_sandbox_keys()
    key = add_key(provider=provider, label="Key", secret=SECRET)
    made = keys_file.read_text()
    keys_file.unlink()
    assert not ensure_encryption_key()
    assert not keys_file.exists()
    assert encryption_problem().startswith("There is no encryption key")
    assert waiting_reason(provider).startswith("The API key of Mountsea can't be read")
    keys_file.write_text(made)
    assert encryption_problem() == ""
    assert can_be_read(key)


def test_the_sandbox_alone_gets_a_new_one(provider: Provider, keys_file: Path) -> None:
    ensure_sandbox_keys()
    keys_file.unlink()
    assert ensure_encryption_key()
    assert ensure_sandbox_keys() == 0
    assert secret_of(ApiKey.objects.get(is_sandbox=True)) == "sandbox"


def test_a_file_of_the_admins_own_is_never_made(folder: DataFolder, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS_FILE = folder.path / "elsewhere"
    assert not ensure_encryption_key()
    assert not settings.ENCRYPTION_KEYS_FILE.exists()


def test_pages_and_gallery_work_without_the_key(cast: Cast, keys_file: Path) -> None:
    install_catalog()
    add_key(provider=Provider.objects.get(slug="mountsea"), label="Hub main", secret=SECRET)
    make_image(cast.project, cast.contributor)
    keys_file.unlink()
    admin = cast.client(cast.admin)
    for page in ("/", "/p/spring/", "/p/spring/gallery/", "/admin/settings/"):
        assert admin.get(page).status_code == 200
    shown = admin.get("/admin/keys/").content.decode()
    assert "Can’t be read" in shown
    assert "Missing: stored API keys can’t be read" in admin.get("/admin/settings/").content.decode()
    typed = {"provider": Provider.objects.get(slug="mountsea").pk, "label": "New", "secret": f"{SECRET}-2"}
    refused = admin.post("/admin/keys/add/", typed, headers={"HX-Request": "true"})
    assert "There is no encryption key" in refused.content.decode()
