from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('shop', '0003_related_name')]
    operations = [
        migrations.AlterField(model, 'id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))
        for model in ('owner', 'shop', 'item', 'license', 'passport')
    ]
