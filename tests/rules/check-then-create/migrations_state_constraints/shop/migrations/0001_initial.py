from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Coupon", fields=[("id", models.AutoField(primary_key=True)), ("code", models.CharField(max_length=20))]
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[("id", models.AutoField(primary_key=True)), ("code", models.CharField(max_length=20, unique=True))],
        ),
        migrations.CreateModel(name="Seat", fields=[("number", models.IntegerField())]),
        migrations.CreateModel(name="Tag", fields=[("name", models.CharField(max_length=20))]),
        migrations.CreateModel(
            name="Ticket",
            fields=[("number", models.IntegerField()), ("year", models.IntegerField())],
            options={"unique_together": {("number", "year")}},
        ),
    ]
