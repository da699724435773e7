"""Finding a line in the lists of keys, models and people: by words in the address, which a press in the list keeps."""

import pytest

from studio.catalog.actions import install_catalog
from studio.catalog.models import Provider
from studio.catalog.queries import find_model
from studio.keys.actions import add_key
from studio.keys.models import ApiKey
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast

SECRET = "ms-1234567890-find-"


@pytest.fixture
def _filled(cast: Cast) -> None:
    install_catalog()
    for label, provider in (("Hub main", "mountsea"), ("Hub spare", "mountsea"), ("Stream", "modelstream")):
        add_key(
            provider=Provider.objects.get(slug=provider),
            label=label,
            secret=f"{SECRET}{label.replace(' ', '')}",
        )


def found(client: StrictClient, address: str, lines: str, name: str) -> list[str]:
    page = parse(client.get(address).content.decode())
    return [line.find(name).text() for line in page.find_all(lines)]


KEYS = ("/admin/keys/", "#keys-found tbody tr", "th b")
MODELS = ("/admin/catalogue/", "#models-found li", ".t b")
PEOPLE = ("/admin/people/", "#people-found tbody tr", "b")


@pytest.mark.usefixtures("_filled")
@pytest.mark.parametrize(
    ("where", "words", "names"),
    [
        (KEYS, "", ["Hub main", "Hub spare", "Stream"]),
        (KEYS, "HUB", ["Hub main", "Hub spare"]),
        (KEYS, "mountsea+spare", ["Hub spare"]),
        (KEYS, "eam", ["Stream"]),
        (MODELS, "z-image", ["Z-Image Turbo"]),
        (MODELS, "pro+mountsea", ["Nano Banana Pro"]),
        (PEOPLE, "viewer%40", ["The viewer"]),
        (PEOPLE, "admin", ["The admin you"]),
    ],
)
def test_a_line_is_found_by_its_words(
    admin: StrictClient, where: tuple[str, str, str], words: str, names: list[str]
) -> None:
    address, lines, name = where
    assert sorted(found(admin, f"{address}?q={words}", lines, name)) == names
    if words:
        shown = parse(admin.get(f"{address}?q={words}").content.decode())
        assert shown.find("#main [role=search] input").attrs["value"] == words.replace("+", " ").replace(
            "%40", "@"
        )


@pytest.mark.usefixtures("_filled")
@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/admin/keys/", "No key fits “nothing"),
        ("/admin/catalogue/", "No model fits “nothing"),
        ("/admin/people/", "Nobody fits “nothing"),
    ],
)
def test_what_is_not_there_has_a_sentence_and_a_way_back(
    admin: StrictClient, address: str, sentence: str
) -> None:
    shown = parse(admin.get(f"{address}?q=nothing%00+like+this").content.decode())
    none = shown.find(".found-none")
    assert none.text().startswith(f"{sentence} like this”.")
    assert none.find("a").attrs["href"] == address
    assert parse(admin.get(address).content.decode()).find(".found-none") is None


@pytest.mark.usefixtures("_filled")
def test_a_press_in_a_list_keeps_what_is_looked_for(admin: StrictClient) -> None:
    page = "/admin/keys/?q=spare"
    before = admin.get(page)
    act = f"/admin/keys/{ApiKey.objects.get(label='Hub spare').pk}/pause/"
    answer = admin.post(act, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"})
    assert_swap_equals_reload(admin, page, answer, before=before, by=f"form[action='{act}']")
    back = admin.post(
        act.replace("pause", "resume"), headers={"Referer": "http://testserver/admin/keys/?q=a+%26+b"}
    )
    assert back.headers["Location"] == "/admin/keys/?q=a+%26+b"

    model = find_model("z-image-turbo", "modelstream")
    page = f"/admin/catalogue/{model.pk}/?q=nano"
    before = admin.get(page)
    names = [name.text() for name in parse(before.content.decode()).find_all("#models-found .t b")]
    assert "Nano Banana" in names
    assert "Z-Image Turbo" not in names, "the open one stays open beside the list"
    other = find_model("nano-banana", "mountsea")
    act = f"/admin/catalogue/{other.pk}/publish/"
    answer = admin.post(
        act,
        {"open": model.pk},
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"},
    )
    assert_swap_equals_reload(admin, page, answer, before=before, by=f"form[action='{act}']")


def test_a_person_whose_role_changes_is_found_again(admin: StrictClient, cast: Cast) -> None:
    answer = admin.post(
        f"/admin/people/{cast.viewer.pk}/role/",
        {"role": "admin"},
        headers={"Referer": "http://testserver/admin/people/?q=viewer"},
    )
    assert answer.headers["Location"] == "/admin/people/?q=viewer"
