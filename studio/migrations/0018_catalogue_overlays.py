from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F


def keep_listed_names(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Until now every model was called what its provider calls it."""
    apps.get_model("studio", "ImageModel").objects.update(listed_name=F("name"))


class Migration(migrations.Migration):
    dependencies = [("studio", "0017_jobs_of_all_projects")]

    operations = [
        migrations.AddField("imagemodel", "listed_name", models.CharField(blank=True, max_length=120)),
        migrations.AddField("imagemodel", "overlay", models.JSONField(blank=True, default=dict)),
        migrations.RunPython(keep_listed_names, migrations.RunPython.noop),
    ]
