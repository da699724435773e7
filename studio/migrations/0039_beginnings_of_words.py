from django.db import migrations


def index_beginnings(apps, schema_editor):
    """Make SQLite's index of the gallery's words anew, now with beginnings of every usual length."""
    from studio.gallery.index import BATCH, ENTRY_FIELDS, Entry, create_index, drop_index, write_entries

    if schema_editor.connection.vendor != "sqlite":
        return
    drop_index()
    create_index()
    rows = apps.get_model("studio", "Image").objects.order_by("id").values_list(*ENTRY_FIELDS)
    write_entries(Entry(*row) for row in rows.iterator(chunk_size=BATCH))


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0038_sign_in_rule'),
    ]

    operations = [
        migrations.RunPython(index_beginnings, migrations.RunPython.noop),
    ]
