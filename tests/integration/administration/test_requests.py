"""Answers to requests for more that somebody else has answered meanwhile."""

import pytest

from studio.spending.models import Grant
from tests.asking import make_request
from tests.bench.client import StrictClient
from tests.bench.markup import parse
from tests.cast import Cast

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(("theirs", "ours"), [("approve", "decline"), ("decline", "approve")])
def test_who_was_faster_is_named_on_the_page_as_it_is_now(
    admin: StrictClient, cast: Cast, theirs: str, ours: str
) -> None:
    asked = make_request(cast)
    terms = {"amount": "10", "until": asked.ends_on.isoformat(), "answer": "Sorry"}
    admin.post(f"/admin/requests/{asked.pk}/{theirs}/", terms)
    answer = admin.post(f"/admin/requests/{asked.pk}/{ours}/", terms)
    assert answer.status_code == 409
    page = parse(answer.content.decode())
    said = "approved" if theirs == "approve" else "declined"
    alert = page.find("[role=alert]")
    assert alert
    assert f"The admin has {said} this request already." in alert.text()
    assert page.find("form.limits")
    assert Grant.objects.count() == (theirs == "approve")
