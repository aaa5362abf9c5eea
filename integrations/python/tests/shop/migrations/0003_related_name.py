import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('shop', '0002_rename')]
    operations = [
        migrations.AlterField('shop', 'owner', models.OneToOneField(
            null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='only_shop', to='shop.owner')),
    ]
