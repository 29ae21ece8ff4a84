from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_unique")]
    operations = [
        migrations.AlterUniqueTogether(name="ticket", unique_together=set()),
        migrations.RunSQL("ALTER TABLE shop_tag DROP CONSTRAINT IF EXISTS tag_once"),
    ]
