from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0009_files_of_cards"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListedWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("list", models.SlugField(db_index=False, max_length=20)),
                ("word", models.TextField(db_collation="C")),
                ("title", models.TextField(blank=True)),
                ("archived_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="listedword",
            constraint=models.UniqueConstraint(fields=("list", "word"), name="listed_word_once"),
        ),
    ]
