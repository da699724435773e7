"""A retry is one of a generation, not of a batch: all that failed of a batch can be tried again in one."""

import django.db.models.deletion
from django.db import migrations, models


def take_over_from_batches(apps, schema_editor):
    generations = apps.get_model("studio", "Generation").objects
    retries = generations.filter(batch__retry_of__isnull=False, position=0).order_by("id")
    for retry_id, retried_id in retries.values_list("id", "batch__retry_of"):
        generations.filter(id=retry_id).update(retry_of=retried_id)
    if schema_editor.connection.vendor == "postgresql":
        # Checks what was written now: a table with checks to come isn't altered.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [("studio", "0024_generation_task")]

    operations = [
        migrations.AddField(
            model_name="generation",
            name="retry_of",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="again",
                to="studio.generation",
            ),
        ),
        migrations.RunPython(take_over_from_batches, migrations.RunPython.noop),
        migrations.RemoveField(model_name="batch", name="retry_of"),
        migrations.AlterField(
            model_name="generation",
            name="retry_of",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="retried_as",
                to="studio.generation",
            ),
        ),
    ]
