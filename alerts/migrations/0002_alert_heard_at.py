import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_finding_and_alert")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="heard_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                help_text="When its last finding came, by the clock.",
            ),
        ),
    ]
