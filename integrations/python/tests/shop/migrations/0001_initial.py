import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel('Owner', [
            ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False)),
            ('name', models.TextField(default='')),
        ]),
        migrations.CreateModel('Shop', [
            ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False)),
            ('parent', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, to='shop.owner')),
        ]),
        migrations.CreateModel('Tag', [('word', models.TextField(primary_key=True, serialize=False))]),
        migrations.CreateModel('Item', [
            ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False)),
            ('shop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='shop.shop')),
            ('like', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='alikes', to='shop.item')),
        ]),
        migrations.CreateModel('Topic', [
            ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ('tags', models.ManyToManyField(related_name='topics', to='shop.Tag')),
        ]),
        migrations.CreateModel('Special', [
            ('item_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True,
                                              primary_key=True, serialize=False, to='shop.item')),
        ], bases=('shop.item',)),
        migrations.CreateModel('License', [
            ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False)),
            ('topic', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shop.topic')),
        ]),
        migrations.CreateModel('Passport', [
            ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False)),
            ('owner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to='shop.owner')),
        ]),
        # the last: when they are undone, the tables have relmap's triggers still
        migrations.RunSQL('CREATE EXTENSION IF NOT EXISTS relmap', migrations.RunSQL.noop),
    ]
