from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_code ON shop_coupon (lower(code));",
            "DROP INDEX one_code;",
        ),
        migrations.RunSQL(
            sql=["CREATE UNIQUE INDEX one_sold ON shop_seat (show_id, number) WHERE state = 'sold'"],
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.AlterField("voucher", "code", models.CharField(max_length=20)),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AddConstraint("tag", models.UniqueConstraint(fields=["name"], name="one_name"))
            ],
            state_operations=[],
        ),
        migrations.RenameModel("Tag", "Label"),
        migrations.CreateModel(name="Tag", fields=[("name", models.CharField(max_length=20))]),
        migrations.RunSQL("ALTER TABLE shop_tag ADD CONSTRAINT tag_once UNIQUE (name)"),
    ]
