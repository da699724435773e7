"""All batches, one's own, or the starred: as a page, further down, and as news arrives."""

from typing import Any

from studio.gallery.actions import set_favourite, trash_images
from studio.generation.models import Image
from studio.people.models import User
from tests.bench.markup import Element, parse
from tests.bench.queries import assert_same_queries
from tests.bench.swaps import assert_swap_equals_reload
from tests.cast import Cast
from tests.pictures import make_image

STUDIO = "/p/spring/"
HTMX = {"HX-Request": "true"}


def page(answer: Any) -> Element:
    assert answer.status_code == 200
    return parse(answer.content.decode())


def batches(shown: Element) -> list[int]:
    return [int(each.attrs["id"].removeprefix("batch-")) for each in shown.find_all(".batch")]


def look(cast: Cast, person: User, show: str) -> list[int]:
    return batches(page(cast.client(person).get(STUDIO, {"show": show})))


def of(*images: Image) -> list[int]:
    return [image.generation.batch_id for image in images]


def test_each_feed_shows_its_batches(cast: Cast) -> None:
    mine, theirs, also_mine = (
        make_image(cast.project, author) for author in (cast.contributor, cast.manager, cast.contributor)
    )
    for image in (mine, theirs):
        set_favourite(image=image, by=cast.contributor, is_favourite=True)
    set_favourite(image=also_mine, by=cast.manager, is_favourite=True)
    assert look(cast, cast.contributor, "all") == of(also_mine, theirs, mine)
    assert look(cast, cast.contributor, "nonsense") == of(also_mine, theirs, mine)
    assert look(cast, cast.contributor, "mine") == of(also_mine, mine)
    assert look(cast, cast.contributor, "starred") == of(theirs, mine)
    trash_images(project=cast.project, image_ids=[mine.pk], by=cast.contributor)
    assert look(cast, cast.contributor, "starred") == of(theirs)


def test_an_empty_feed_says_so_and_how_to_see_all(cast: Cast) -> None:
    make_image(cast.project, cast.manager)
    for show, words in (("mine", "Nothing of yours yet"), ("starred", "Nothing starred yet")):
        shown = page(cast.client(cast.contributor).get(STUDIO, {"show": show}))
        assert words in shown.text()
        assert shown.find(".first") is None
        way = shown.find(".feed-empty a")
        assert way
        assert way.attrs["href"] == STUDIO


def test_a_choice_changes_the_feed_alone(cast: Cast) -> None:
    make_image(cast.project, cast.manager)
    make_image(cast.project, cast.contributor)
    client = cast.client(cast.contributor)
    before = client.get(STUDIO)
    answer = client.get(f"{STUDIO}?show=mine", headers=HTMX)
    for part in ("#feed", "#feed-filter"):
        assert_swap_equals_reload(
            client, f"{STUDIO}?show=mine", answer, before=before, by="#feed-mine", inside=part
        )


def test_older_batches_are_of_the_same_feed(cast: Cast) -> None:
    for _ in range(7):
        make_image(cast.project, cast.contributor)
        make_image(cast.project, cast.manager)
    client = cast.client(cast.contributor)
    more = page(client.get(STUDIO, {"show": "mine"})).find(".load-more")
    assert more
    older = page(client.get(more.attrs["hx-get"], headers=HTMX))
    assert len(batches(older)) == 1
    assert older.find(".load-more") is None


def test_news_of_other_feeds_is_no_news(cast: Cast) -> None:
    mine, theirs = (make_image(cast.project, author) for author in (cast.contributor, cast.manager))
    ids = f"{mine.generation_id},{theirs.generation_id}"
    client = cast.client(cast.contributor)

    def news(show: str) -> list[int]:
        return batches(page(client.get(f"{STUDIO}cards", {"ids": ids, "new": ids, "show": show})))

    assert news("") == of(theirs, mine)
    assert news("mine") == of(mine)
    assert news("starred") == []
    shown = page(client.get(STUDIO, {"show": "mine"})).find("[data-live-list]")
    assert shown
    assert shown.attrs["data-live-query"] == "show=mine"


def test_starred_batches_need_no_more_queries(cast: Cast) -> None:
    def more() -> None:
        for _ in range(2):
            image = make_image(cast.project, cast.manager)
            set_favourite(image=image, by=cast.contributor, is_favourite=True)

    assert_same_queries(cast.client(cast.contributor), f"{STUDIO}?show=starred", more)
