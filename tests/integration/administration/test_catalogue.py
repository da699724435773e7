"""Which models are offered, to whom, and in which order: the page for admins, and what everybody then finds."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from studio.audit.models import AuditEntry
from studio.catalog.actions import add_version, install_catalog
from studio.catalog.models import ImageModel, Provider
from studio.generation.models import Generation
from studio.projects.actions import archive_project
from tests.bench.client import StrictClient
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast

pytestmark = pytest.mark.any_database

PAGE = "/admin/catalogue/"
STUDIO, ELSEWHERE = "/p/spring/", "/p/playground/"
HTMX = {"HX-Request": "true"}


def page_of(model: ImageModel) -> str:
    return f"{PAGE}{model.pk}/"


def shown(client: StrictClient, address: str) -> Element:
    return parse(client.get(address).content.decode())


def listed(client: StrictClient) -> list[int]:
    """Return the ids of the entries on the page for admins, in order."""
    links = shown(client, PAGE).find_all(".clist a")
    return [int(link.attrs["href"].removeprefix(PAGE).strip("/")) for link in links]


def offered(client: StrictClient, project: str = STUDIO) -> list[int]:
    """Return the ids of the entries in the picker of a project, in order."""
    answer = client.get(f"{project}models", headers=HTMX)
    rows = parse(answer.content.decode()).find_all("button.model-row")
    return [int(row.attrs["value"]) for row in rows]


def press(client: StrictClient, model: ImageModel, project: str = STUDIO) -> Any:
    sent = {"model": str(model.pk), "was": str(model.pk), "in-prompt": "A lake"}
    return client.post(f"{project}generate", sent, headers=HTMX)


def restrict(admin: StrictClient, model: ImageModel, *projects: int) -> None:
    answer = admin.post(f"{page_of(model)}share/", {"for": "some", "project": projects, "open": model.pk})
    assert answer.headers["Location"] == page_of(model)


@pytest.mark.parametrize("below", ["", "overlay/"])
def test_the_navigation_marks_the_entry_of_pages_below_it(
    admin: StrictClient, model: ImageModel, below: str
) -> None:
    nav = shown(admin, f"{page_of(model)}{below}").find(".side")
    marked = [link.attrs["href"] for link in nav.find_all("a") if "aria-current" in link.attrs] if nav else []
    assert marked == [PAGE]


def test_every_model_is_listed_once_with_its_twin_and_its_state(
    admin: StrictClient, model: ImageModel
) -> None:
    ImageModel.objects.filter(slug="NB2").update(disabled_reason="Its schema is <odd>.")
    page = shown(admin, PAGE)
    assert len(page.find_all(".clist li")) == ImageModel.objects.filter(twin_of__isnull=True).count()
    assert "8 offered" in page.find(".page-head p").text()
    opened = shown(admin, page_of(model)).find(".cmain").text()
    for words in ("Mountsea Hub", "nano-banana-2", "nano-banana-2-edit", "version 1, read", "Offered"):
        assert words in opened
    broken = shown(admin, page_of(ImageModel.objects.get(slug="NB2"))).find(".cmain").text()
    assert "Disabled: Its schema is <odd>." in broken


def test_an_empty_catalogue_says_so(admin: StrictClient) -> None:
    assert "No models are installed yet." in shown(admin, PAGE).text()


def test_a_hidden_model_is_gone_from_picker_form_and_press(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    before = admin.get(page_of(model))
    sent = {"open": model.pk}
    answer = admin.post(f"{page_of(model)}publish/", sent, headers=HTMX)
    assert_swap_equals_reload(admin, page_of(model), answer, before=before, by=f"#publish-{model.pk}")
    assert "Hidden" in parse(answer.content.decode()).find(".cmain").text()
    client = cast.client(cast.contributor)
    assert model.pk not in offered(client)
    refused = press(client, model)
    assert refused.status_code == 422
    assert "This model is no longer offered here." in parse(refused.content.decode()).text()
    hidden = AuditEntry.objects.filter(verb="model.hidden")
    assert {entry.subject_id for entry in hidden} == {model.pk, model.edit_twin.pk}
    admin.post(f"{page_of(model)}publish/", {**sent, "is_enabled": "1"})
    assert model.pk in offered(client)
    assert press(client, model).status_code == 200


def test_an_update_leaves_hidden_what_an_admin_has_hidden(admin: StrictClient, model: ImageModel) -> None:
    admin.post(f"{page_of(model)}publish/")
    install_catalog()
    assert model.pk not in offered(admin)


def test_a_model_for_some_projects_is_refused_everywhere_else(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    client = cast.client(cast.contributor)
    press(client, model, ELSEWHERE)
    earlier = Generation.objects.get()
    restrict(admin, model, cast.project.pk)
    assert model.pk in offered(client)
    assert model.pk not in offered(client, ELSEWHERE)
    assert press(client, model).status_code == 200
    for each in (model, ImageModel.objects.get(twin_of=model)):
        refused = press(client, each, ELSEWHERE)
        assert refused.status_code == 422
        assert "no longer offered here" in parse(refused.content.decode()).text()
    named = shown(client, f"{ELSEWHERE}?model=mountsea:nano-banana-2").text()
    assert "There is no model “nano-banana-2” at mountsea." in named
    assert not Generation.objects.filter(project=cast.team_project).exclude(pk=earlier.pk).exists()


def test_an_earlier_input_is_shown_but_can_not_be_sent_where_its_model_is_not_offered(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    client = cast.client(cast.contributor)
    press(client, model, ELSEWHERE)
    earlier = Generation.objects.get()
    restrict(admin, model, cast.project.pk)
    reused = shown(client, f"{ELSEWHERE}?reuse={earlier.pk}")
    assert reused.find("[name=in-prompt]").text() == "A lake"
    Generation.objects.update(status="failed", finished_at=earlier.created_at)
    again = client.post(f"{ELSEWHERE}generations/{earlier.pk}/retry", headers=HTMX)
    assert again.status_code == 409
    assert "Nano Banana 2 is not offered in Playground." in again.content.decode()
    assert Generation.objects.count() == 1


def test_the_command_line_is_held_to_the_projects_too(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    restrict(admin, model, cast.project.pk)
    said = StringIO()
    asked = ("generate", "--model=nano-banana-2", "--provider=mountsea", "--prompt=A lake", "--json")
    with pytest.raises(SystemExit):
        call_command(*asked, "--project=playground", stdout=said)
    assert "There is no model “nano-banana-2” at mountsea" in json.loads(said.getvalue())["error"]
    with pytest.raises(SystemExit) as ended:
        call_command(*asked, "--project=spring", stdout=StringIO())
    assert ended.value.code == 0


def test_a_list_of_projects_needs_one_and_can_be_taken_back(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    before = admin.get(page_of(model))
    address, sent = f"{page_of(model)}share/", {"for": "some", "open": model.pk}
    refused = admin.post(address, sent, headers=HTMX)
    assert refused.status_code == 422
    assert "Name at least one project, or hide the model." in refused.content.decode()
    answer = admin.post(address, {**sent, "project": [cast.project.pk, "nonsense", 10**12]}, headers=HTMX)
    assert_swap_equals_reload(admin, page_of(model), answer, before=before, by=".share-form")
    archive_project(project=cast.project, by=cast.admin)
    assert "Spring campaign Archived" in shown(admin, page_of(model)).find(".allowed").text()
    admin.post(address, {"for": "everyone", "open": model.pk})
    assert model.pk in offered(cast.client(cast.contributor), ELSEWHERE)
    assert "Spring campaign" not in shown(admin, page_of(model)).find(".allowed").text()
    first, last = AuditEntry.objects.filter(verb="model.shared", subject_id=model.pk).order_by("id")
    assert first.details == {"is_for_everyone": [True, False], "projects": [[], [cast.project.pk]]}
    assert last.details == {"is_for_everyone": [False, True], "projects": [[cast.project.pk], []]}


def sharing(page: Element) -> dict[str, Any]:
    """Return the form of who is offered a model as a browser would send it."""
    form = page.find(".share-form")
    assert form
    fields = [
        one for one in form.find_all("input") if one.attrs["type"] == "hidden" or "checked" in one.attrs
    ]
    sent: dict[str, Any] = {one.attrs["name"]: one.attrs["value"] for one in fields}
    projects = [one.attrs["value"] for one in fields if one.attrs["name"] == "project"]
    return {**sent, "project": projects} if projects else sent


def test_projects_that_somebody_else_has_chosen_meanwhile_are_told_first(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    restrict(admin, model, cast.project.pk)
    before = admin.get(page_of(model))
    ours = {**sharing(parse(before.content.decode())), "project": [cast.team_project.pk]}
    admin.post(f"{page_of(model)}share/", {"for": "everyone"})
    answer = admin.post(f"{page_of(model)}share/", ours, headers=HTMX)
    assert answer.status_code == 422
    page = parse(answer.content.decode())
    assert "somebody else has chosen every project meanwhile" in page.find(".share-form [role=alert]").text()
    assert sharing(shown(admin, page_of(model)))["for"] == "everyone"
    again = sharing(page)
    assert (again["for"], again["project"]) == ("some", [str(cast.team_project.pk)]), "what was chosen stays"
    saved = admin.post(f"{page_of(model)}share/", again, headers=HTMX)
    assert_swap_equals_reload(admin, page_of(model), saved, before=before, by=".share-form")
    assert sharing(shown(admin, page_of(model)))["project"] == [str(cast.team_project.pk)]


def test_a_list_that_somebody_else_has_made_is_named_even_after_a_mistake(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    ours = {**sharing(shown(admin, page_of(model))), "for": "some"}
    restrict(admin, model, cast.project.pk)
    refused = admin.post(f"{page_of(model)}share/", ours)
    assert refused.status_code == 422
    mended = {**sharing(parse(refused.content.decode())), "project": [cast.team_project.pk]}
    answer = admin.post(f"{page_of(model)}share/", mended)
    assert answer.status_code == 422
    assert "somebody else has chosen only Spring campaign meanwhile" in parse(answer.content.decode()).text()
    assert sharing(shown(admin, page_of(model)))["project"] == [str(cast.project.pk)]


def test_two_who_choose_the_same_projects_are_not_disturbed(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    ours = {**sharing(shown(admin, page_of(model))), "for": "some", "project": [cast.project.pk]}
    restrict(admin, model, cast.project.pk)
    assert admin.post(f"{page_of(model)}share/", ours).status_code == 302


def test_a_twin_that_comes_later_is_offered_where_its_maker_is(
    cast: Cast, admin: StrictClient, model: ImageModel
) -> None:
    twin = ImageModel.objects.get(twin_of=model)
    ImageModel.objects.filter(pk=twin.pk).update(twin_of=None)
    restrict(admin, model, cast.project.pk)
    install_catalog()
    refused = press(cast.client(cast.contributor), twin, ELSEWHERE)
    assert "no longer offered here" in parse(refused.content.decode()).text()


def test_the_order_is_moved_step_by_step_and_kept_in_the_picker(
    admin: StrictClient, model: ImageModel
) -> None:
    order = listed(admin)
    at = order.index(model.pk)
    before = admin.get(page_of(model))
    move = f"{page_of(model)}move/"
    answer = admin.post(move, {"up": "1", "open": model.pk}, headers=HTMX)
    assert_swap_equals_reload(admin, page_of(model), answer, before=before, by=f"#up-{model.pk}")
    order[at - 1], order[at] = order[at], order[at - 1]
    assert listed(admin) == order
    assert offered(admin) == order
    entry = AuditEntry.objects.get(verb="model.moved")
    assert entry.details == {"position": [at + 1, at]}
    admin.post(move, {"down": "1"})
    assert listed(admin).index(model.pk) == at


def test_at_the_end_of_its_maker_a_model_takes_the_others_along(
    admin: StrictClient, model: ImageModel
) -> None:
    first = ImageModel.objects.get(pk=listed(admin)[0])
    makers = makers_of(listed(admin))
    for _ in range(ImageModel.objects.filter(vendor=first.vendor, twin_of=None).count()):
        admin.post(f"{page_of(first)}move/", {"down": "1"})
    assert makers_of(listed(admin)) == [makers[1], makers[0], *makers[2:]]
    at_the_top, told = listed(admin), AuditEntry.objects.filter(verb="model.moved").count()
    assert admin.post(f"{PAGE}{at_the_top[0]}/move/", {"up": "1"}).status_code == 302
    assert listed(admin) == at_the_top
    assert AuditEntry.objects.filter(verb="model.moved").count() == told


def test_the_first_can_not_be_moved_up_nor_the_last_down(admin: StrictClient, model: ImageModel) -> None:
    order = listed(admin)
    buttons = shown(admin, PAGE).find_all("button[disabled]")
    assert [each.attrs["id"] for each in buttons] == [f"up-{order[0]}", f"down-{order[-1]}"]


def makers_of(ids: list[int]) -> list[str]:
    found = ImageModel.objects.in_bulk(ids)
    return list(dict.fromkeys(found[each].vendor for each in ids))


def test_what_stands_first_is_what_a_new_form_begins_with(admin: StrictClient, model: ImageModel) -> None:
    assert "Nano Banana 2" in shown(admin, STUDIO).find("#model-choice").text()
    last = ImageModel.objects.get(pk=listed(admin)[-1])
    for _ in listed(admin):
        admin.post(f"{page_of(last)}move/", {"up": "1"})
    assert listed(admin)[0] == last.pk
    assert shown(admin, STUDIO).find("[name=was]").attrs["value"] == str(last.pk)


def test_the_page_needs_no_further_query_for_more_models(admin: StrictClient, model: ImageModel) -> None:
    provider = Provider.objects.get(slug="modelstream")
    document = {"type": "object", "properties": {"prompt": {"type": "string"}}}

    def add() -> None:
        for _ in range(3):
            slug = f"m{ImageModel.objects.count()}"
            made = ImageModel.objects.create(provider=provider, slug=slug, name=slug)
            made.schema, _is_new = add_version(made, document, {})
            made.save()

    assert_same_queries(admin, PAGE, add)


def add_schema(model: ImageModel, properties: dict[str, Any], example: dict[str, Any] | None = None) -> None:
    """Have the provider say something new of a model."""
    document = {"type": "object", "properties": {"prompt": {"type": "string"}, **properties}}
    model.schema, _ = add_version(model, {**document, "required": ["prompt"]}, example or {})
    model.save(update_fields=["schema"])


def lines_of(page: Element) -> list[str]:
    """Return the versions that a page lists, each as its words."""
    return [" ".join(line.text().split()) for line in page.find(".versions").elements()]


def test_each_version_of_a_schema_is_told_with_its_day_and_what_changed(
    admin: StrictClient, model: ImageModel
) -> None:
    add_schema(model, {"wings": {"type": "integer", "maximum": 4}, "song": {"type": "string"}})
    add_schema(model, {"wings": {"type": "integer", "maximum": 9}})
    add_schema(model, {"wings": {"type": "integer", "maximum": 9}}, {"prompt": "A <lake>"})
    lines = lines_of(shown(admin, page_of(model)))
    today = f"{timezone.localtime():%-d %B %Y}"
    assert [line.partition(",")[0] for line in lines] == [f"Version {n} read {today}" for n in (4, 3, 2, 1)]
    assert "In use Its example, or how it is written; the form stayed the same." in lines[0]
    assert lines[1].endswith("Bound wings at most 4 at most 9 Gone song string")
    assert "New wings integer, at most 4" in lines[2]
    assert lines[3].endswith("The first one.")
    twin = shown(admin, f"{page_of(model)}?of={model.edit_twin.pk}")
    assert len(lines_of(twin)) == 1


def test_a_model_is_shown_as_form_as_schema_and_by_its_example(
    admin: StrictClient, model: ImageModel
) -> None:
    example = {"prompt": "A <lake>", "wings": 3}
    add_schema(model, {"wings": {"type": "integer", "maximum": 4, "title": "Wings"}}, example)
    old = shown(admin, f"{page_of(model)}?show=schema&version=1").find("pre")
    assert json.loads(old.text()) == model.schemas.get(version=1).input_schema
    new = shown(admin, f"{page_of(model)}?show=schema").find("pre")
    assert json.loads(new.text())["properties"]["wings"]["maximum"] == 4
    fields = shown(admin, f"{page_of(model)}?show=fields").find(".overlay-preview")
    assert "Wings" in fields.text()
    assert json.loads(shown(admin, f"{page_of(model)}?show=example").find("pre").text()) == example
    twin = shown(admin, f"{page_of(model)}?show=schema&of={model.edit_twin.pk}")
    assert json.loads(twin.find("pre").text()) == model.edit_twin.schema.input_schema
    add_schema(model, {"wings": {"type": "integer"}})
    assert "Its provider documents no example." in shown(admin, f"{page_of(model)}?show=example").text()


def test_a_schema_of_which_no_form_can_be_made_says_why(admin: StrictClient, model: ImageModel) -> None:
    add_version(model, {"type": "object"}, {})
    page = shown(admin, f"{page_of(model)}?show=fields&version=2")
    assert "No form can be made of it: The schema has no properties" in page.find(".cmain").text()
    assert "No form can be made of it, or of the one before." in lines_of(page)[0]


@pytest.mark.parametrize(
    "asked", ["show=odd&of=x&version=0", "of=99999999&version=99999", "version=-1&show="]
)
def test_what_can_not_be_looked_at_is_not_asked_for(
    admin: StrictClient, model: ImageModel, asked: str
) -> None:
    assert shown(admin, f"{page_of(model)}?{asked}").find(".about-model")


def test_a_deed_leaves_the_tab_that_is_open(admin: StrictClient, model: ImageModel) -> None:
    add_schema(model, {"wings": {"type": "integer"}})
    address = f"{page_of(model)}?show=schema&version=1"
    before = admin.get(address)
    sent, page = {"open": model.pk}, {"HX-Current-URL": f"http://testserver{address}"}
    answer = admin.post(f"{page_of(model)}publish/", sent, headers={**HTMX, **page})
    assert_swap_equals_reload(admin, address, answer, before=before, by=f"#publish-{model.pk}")
    moved = admin.post(
        f"{page_of(model)}move/", {**sent, "up": "1"}, headers={"Referer": page["HX-Current-URL"]}
    )
    assert moved.headers["Location"] == address
