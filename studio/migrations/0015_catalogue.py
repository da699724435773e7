from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def tell_wish_from_fault(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """`is_enabled` is what admins want from now on; what has a reason was never their wish."""
    apps.get_model("studio", "ImageModel").objects.exclude(disabled_reason="").update(is_enabled=True)


def join_them_again(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("studio", "ImageModel").objects.exclude(disabled_reason="").update(is_enabled=False)


class Migration(migrations.Migration):
    dependencies = [("studio", "0014_keys_tested")]

    operations = [
        migrations.AddField("imagemodel", "gone_at", models.DateTimeField(null=True)),
        migrations.AddField("imagemodel", "is_for_everyone", models.BooleanField(default=True)),
        migrations.AddField("imagemodel", "position", models.PositiveIntegerField(null=True)),
        migrations.AddField(
            "imagemodel", "projects", models.ManyToManyField(related_name="+", to="studio.project")
        ),
        migrations.RunPython(tell_wish_from_fault, join_them_again),
    ]
