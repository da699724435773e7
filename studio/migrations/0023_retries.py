from uuid import NAMESPACE_OID, uuid5

import django.db.models.deletion
from django.db import migrations, models


def name_retried(apps, schema_editor):
    """Find out of which generation each retry is one: until now only its press was made from it."""
    Batch, Generation = apps.get_model("studio", "Batch"), apps.get_model("studio", "Generation")
    presses = Batch.objects.filter(press__isnull=False).order_by().values_list("press", "id")
    # The press of a form is random, which is version 4.
    retries = {press: batch for press, batch in presses.iterator() if press.version == 5}
    if not retries:
        return
    for generation in Generation.objects.order_by().values_list("id", flat=True).iterator():
        batch = retries.get(uuid5(NAMESPACE_OID, f"studio.generation.retry:{generation}"))
        if batch:
            Batch.objects.filter(id=batch).update(retry_of=generation)


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0022_engine_tallies'),
    ]

    operations = [
        migrations.AddField(
            model_name='batch',
            name='retry_of',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='retried_as', to='studio.generation'),
        ),
        migrations.RunPython(name_retried, migrations.RunPython.noop, elidable=True),
    ]
