from django.db import migrations, models


def make_index(apps, schema_editor):
    """Create the index of the gallery's words and enter the images that are there."""
    from studio.gallery.index import BATCH, ENTRY_FIELDS, Entry, create_index, write_entries

    create_index()
    rows = apps.get_model("studio", "Image").objects.order_by("id").values_list(*ENTRY_FIELDS)
    write_entries(Entry(*row) for row in rows.iterator(chunk_size=BATCH))


def drop_index(apps, schema_editor):
    from studio.gallery.index import drop_index

    drop_index()


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0005_generation_line'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='image',
            name='image_day',
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['project', 'created_at', 'author', 'id', 'deleted_at'], name='image_day'),
        ),
        migrations.RunPython(make_index, drop_index),
    ]
