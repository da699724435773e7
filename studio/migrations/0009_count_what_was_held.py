from collections import defaultdict
from datetime import UTC, date

from django.db import migrations
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncHour

OPEN = ("open", "kept")
EVER = date(2000, 1, 1)


def count(apps, schema_editor):
    """Fill what is new from the holds that are there: their models, the counters, and the figures of usage."""
    name_models(apps)
    fill_counters(apps)
    fill_usage(apps)


def name_models(apps):
    """The hold of an earlier send belongs to no generation any more: its model stays unknown."""
    Generation = apps.get_model("studio", "Generation")
    of_hold = Generation.objects.filter(hold=OuterRef("pk")).order_by().values("model")[:1]
    apps.get_model("studio", "Hold").objects.update(model=Subquery(of_hold))


def fill_counters(apps):
    Hold, Entry = apps.get_model("studio", "Hold"), apps.get_model("studio", "LedgerEntry")
    Counter = apps.get_model("studio", "Counter")
    sums = defaultdict(lambda: [0, 0])
    held = Hold.objects.filter(state__in=OPEN).order_by().values_list("project", "user", "day")
    for project, user, day, images in held.annotate(Sum("images")):
        add(sums, project, user, day, 0, images)
    settled = Entry.objects.filter(kind="settled").order_by()
    of_day = settled.values_list("hold__project", "hold__user", "hold__day")
    for project, user, day, images in of_day.annotate(Sum("images")):
        add(sums, project, user, day, 1, images)
    Counter.objects.bulk_create(
        (
            Counter(
                project_id=project,
                user_id=user,
                period=period,
                starts_on=starts_on,
                held_images=held_images,
                spent_images=spent_images,
            )
            for (project, user, period, starts_on), (held_images, spent_images) in sums.items()
        ),
        batch_size=500,
    )


def add(sums, project, user, day, which, images):
    periods = (("day", day), ("month", day.replace(day=1)), ("total", EVER))
    for of_project, of_user in ((None, None), (project, None), (None, user), (project, user)):
        for period, starts_on in periods:
            sums[of_project, of_user, period, starts_on][which] += images


def fill_usage(apps):
    """Without times and reasons of failures, which belong to generations of before there were figures."""
    Entry, Usage = apps.get_model("studio", "LedgerEntry"), apps.get_model("studio", "UsageHour")
    Generation = apps.get_model("studio", "Generation")
    ends = Generation.objects.filter(hold=OuterRef("hold"), finished_at__isnull=False).order_by()
    closed = Entry.objects.filter(kind__in=("settled", "released")).order_by()
    closed = closed.annotate(
        hour=TruncHour("hold__created_at", tzinfo=UTC),
        end=Subquery(ends.values("status")[:1]),
        with_key=Subquery(ends.values("key")[:1]),
    )
    of_hour = closed.values("hour", "hold__day", "hold__project", "hold__user", "hold__model", "with_key")
    figures = of_hour.annotate(
        made=Sum("images"),
        succeeded=Count("pk", filter=Q(end="succeeded")),
        failed=Count("pk", filter=Q(end="failed")),
        cancelled=Count("pk", filter=Q(end="cancelled")),
    )
    Usage.objects.bulk_create(
        (
            Usage(
                starts_at=row["hour"],
                day=row["hold__day"],
                project_id=row["hold__project"],
                user_id=row["hold__user"],
                model_id=row["hold__model"],
                key_id=row["with_key"],
                succeeded=row["succeeded"],
                failed=row["failed"],
                cancelled=row["cancelled"],
                images=row["made"],
                unpriced_images=row["made"],
            )
            for row in figures
        ),
        batch_size=500,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0008_money'),
    ]

    operations = [
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
