from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("studio", "0020_limit_requests")]

    operations = [
        migrations.AddField("imagemodel", "is_handmade", models.BooleanField(default=False)),
    ]
