"""What goes away every night."""

from datetime import timedelta

from pytest_django import Settings

from studio.generation.models import Image
from studio.kit.clock import now
from studio.supervisor.tasks import tidy
from tests.cast import Cast
from tests.pictures import make_image


def test_the_trash_is_kept_as_long_as_the_setting_says(cast: Cast, settings: Settings) -> None:
    settings.TRASH_DAYS = 7
    shown, young, old = (make_image(cast.project, cast.contributor) for _ in range(3))
    for image, days in ((young, 6), (old, 8)):
        Image.objects.filter(pk=image.pk).update(deleted_at=now() - timedelta(days=days))
    tidy()
    assert set(Image.objects.all()) == {shown, young}
