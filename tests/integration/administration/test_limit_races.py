"""Two admins set the same new limit in the same moment: one after the other, and the second is told."""

from functools import partial

import pytest

from studio.spending.models import Quota
from tests.bench.client import StrictClient
from tests.cast import Cast
from tests.factories import AdminFactory
from tests.integration.people.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/admin/quotas/"


def test_of_two_who_set_the_same_new_limit_one_is_asked_again(cast: Cast) -> None:
    name = f"{cast.project.pk}-0-month-images"
    clients = [cast.client(cast.admin), cast.client(AdminFactory())]
    for _ in range(5):
        Quota.objects.all().delete()
        statuses: list[int] = []
        acts = [
            partial(_set, client, name, value, statuses) for client, value in zip(clients, "45", strict=True)
        ]
        at_once(*acts)
        assert sorted(statuses) == [302, 422]
        assert Quota.objects.get().max_images in (4, 5)


def _set(client: StrictClient, name: str, value: str, statuses: list[int]) -> None:
    statuses.append(client.post(PAGE, {name: value, "seen": ""}).status_code)
