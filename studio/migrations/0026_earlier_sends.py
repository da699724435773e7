from collections import defaultdict
from datetime import UTC, timedelta

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef

# How far apart the entries of one transaction can stand.
AT_ONCE = timedelta(seconds=30)


def find_earlier_sends(apps, schema_editor):
    """Lead the settled hold of a send to its generation, which went out once more in the same moment."""
    Send = apps.get_model("studio", "EarlierSend")
    Hold, Entry = apps.get_model("studio", "Hold"), apps.get_model("studio", "LedgerEntry")
    free = Hold.objects.filter(generation=None, earlier_send=None).order_by()
    settled = Entry.objects.filter(kind="settled", hold__in=free).select_related("hold").order_by("id")
    again = apps.get_model("studio", "TimelineEntry").objects.filter(kind="sent_again")
    taken = set()
    for entry in settled:
        near = again.filter(at__range=(entry.at - AT_ONCE, entry.at + AT_ONCE)).select_related("generation")
        steps = [
            step
            for step in near.order_by("id")
            if step.pk not in taken
            and step.generation.project_id == entry.hold.project_id
            and entry.hold.model_id in (None, step.generation.model_id)
        ]
        if steps:
            step = min(steps, key=lambda step: abs(step.at - entry.at))
            taken.add(step.pk)
            Send.objects.create(generation=step.generation, hold=entry.hold)


def name_failures(apps, schema_editor):
    """Write down why generations failed, as it is counted: earlier releases wrote it into the figures only."""
    Generation, Entry = apps.get_model("studio", "Generation"), apps.get_model("studio", "LedgerEntry")
    steps = apps.get_model("studio", "TimelineEntry").objects.filter(generation=OuterRef("pk")).order_by()
    failed = Generation.objects.filter(status="failed").order_by()
    for code in ("discarded", "not_charged"):
        failed.filter(models.Exists(steps.filter(kind=code))).update(problem_code=code)
    settled = Entry.objects.filter(
        hold=OuterRef("hold"), kind="settled", reason="charged, nothing delivered"
    ).order_by()
    charged = failed.filter(models.Exists(settled), problem_code="", ready_at__isnull=False)
    charged.filter(result_files=[]).update(problem_code="no_image")
    charged.exclude(result_files=[]).update(problem_code="undelivered")


def count_failures(apps, schema_editor):
    """Count the reasons anew, each generation's in the hour of its hold: they weren't counted before there were prices."""
    Hour, Tally = apps.get_model("studio", "UsageHour"), apps.get_model("studio", "UsageTally")
    named = ("starts_at", "day", "project_id", "user_id", "model_id", "key_id")
    hours = {tuple(key): pk for pk, *key in Hour.objects.order_by().values_list("pk", *named)}
    failed = apps.get_model("studio", "Generation").objects.filter(status="failed").order_by()
    of_hold = [f"hold__{name}" for name in ("created_at", "day", "project_id", "user_id", "model_id")]
    counts = defaultdict(int)
    for code, key_id, at, *rest in failed.values_list("problem_code", "key_id", *of_hold).iterator():
        starts_at = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        if hour := hours.get((starts_at, *rest, key_id)):
            counts[hour, code or "unknown"] += 1
    Tally.objects.filter(kind="failure").delete()
    Tally.objects.bulk_create(
        (
            Tally(hour_id=hour, kind="failure", name=name, count=count)
            for (hour, name), count in counts.items()
        ),
        batch_size=500,
    )


class Migration(migrations.Migration):

    dependencies = [('studio', '0025_generation_retry_of')]

    operations = [
        migrations.RemoveIndex(
            model_name='generation',
            name='generation_of_day',
        ),
        migrations.AlterField(
            model_name='generation',
            name='hold',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='generation', to='studio.hold'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(fields=['-created_at', '-id'], name='hold_newest'),
        ),
        migrations.CreateModel(
            name='EarlierSend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('generation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='earlier_sends', to='studio.generation')),
                ('hold', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='earlier_send', to='studio.hold')),
                ('key', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='studio.apikey')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.RunPython(find_earlier_sends, migrations.RunPython.noop),
        migrations.RunPython(name_failures, migrations.RunPython.noop),
        migrations.RunPython(count_failures, migrations.RunPython.noop),
    ]
