from django.db import migrations


def credit_makers(apps, schema_editor):
    """Give images that an editing twin made to the model under which the picker shows both."""
    from studio.gallery.index import BATCH, ENTRY_FIELDS, Entry, write_entries

    models, images = apps.get_model("studio", "ImageModel").objects, apps.get_model("studio", "Image").objects
    for edit in models.filter(slug__endswith="-edit").order_by("id"):
        makers = models.filter(provider_id=edit.provider_id, slug=edit.slug.removesuffix("-edit"))
        maker = makers.order_by("id").first()
        made = list(images.filter(model_id=edit.pk).order_by("id").values_list("id", flat=True)) if maker else []
        for first in range(0, len(made), BATCH):
            moved = images.filter(pk__in=made[first : first + BATCH])
            moved.update(model_id=maker.pk)
            write_entries(Entry(*row) for row in moved.order_by("id").values_list(*ENTRY_FIELDS))


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0010_api_keys'),
    ]

    operations = [
        migrations.RunPython(credit_makers, migrations.RunPython.noop),
    ]
