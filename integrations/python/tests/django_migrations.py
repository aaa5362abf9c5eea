"""Django's migrate, with relmap_django installed; PGHOST, PGPORT, PGUSER and
PGDATABASE tell where."""
import contextlib
import io
import os
import warnings

import django
from django.apps import apps
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, connection, models
from django.test.utils import override_settings

settings.configure(
    INSTALLED_APPS=['django.contrib.contenttypes', 'relmap_django', 'shop'],
    DATABASES={'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': os.environ['PGDATABASE'],
    }},
    RELMAP_OPTIONS={'shop.Passport.owner': {'on_replace': 'delete', 'doc': 'who travels'}},
    DEFAULT_AUTO_FIELD='django.db.models.BigAutoField',
    USE_TZ=True)
django.setup()
warnings.simplefilter('error')

from relmap_django.declare import declarations  # noqa: E402


def check(what, truth):
    print('ok' if truth else 'not ok', '-', what, flush=True)


def ask(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def attributes():
    return {(source, name): (direction, uselist, back, on_replace) for source, name, direction, uselist, back, on_replace in ask(
        'SELECT source::text, name, direction, uselist, back_populates, on_replace FROM relmap.relationships')}


def errors():
    return ask("SELECT source::text, name, problem FROM relmap.check() WHERE severity = 'error'")


def replaces(column):
    """Two shops of one owner, past Django: the second takes it."""
    owner = ask("INSERT INTO shop_owner (name) VALUES ('o') RETURNING id")[0][0]
    for _ in range(2):
        ask('INSERT INTO shop_shop (%s) VALUES (%s) RETURNING id' % (column, owner))
    return ask('SELECT count(*) FROM shop_shop WHERE %s = %s' % (column, owner)) == [(1,)]


def migrate(*names):
    """What migrate says of relmap."""
    output = io.StringIO()
    # before Django 4 its own stdout is not known to what is called after it
    with contextlib.redirect_stdout(output):
        call_command('migrate', *names, stdout=output)
    return [line for line in output.getvalue().splitlines() if 'relmap' in line]


said = migrate('shop', '0001')
declared = attributes()
check('it says what it has declared', said == ['  relmap: shop: %d attributes declared' % len(declared)])
check('declared: a OneToOneField', declared.get(('shop_shop', 'parent')) == ('MANYTOONE', False, 'shop', None)
      and declared.get(('shop_owner', 'shop')) == ('ONETOMANY', False, 'parent', 'nullify'))
check('declared: one side only, where the other has no name', ('shop_topic', 'license') not in declared
      and declared.get(('shop_license', 'topic')) == ('MANYTOONE', False, None, None))
check('declared: what the settings say', declared.get(('shop_owner', 'passport')) == ('ONETOMANY', False, 'owner', 'delete')
      and ask("SELECT doc FROM relmap.relationships WHERE name = 'owner' AND source = 'shop_passport'::regclass") == [('who travels',)])
check('declared: a ForeignKey', declared.get(('shop_shop', 'item_set')) == ('ONETOMANY', True, 'shop', None))
check('declared: on_delete=CASCADE', ask("SELECT cascade ~ 'delete' FROM relmap.relationships WHERE name = 'item_set'") == [(True,)])
check('declared: to itself', declared.get(('shop_item', 'alikes')) == ('ONETOMANY', True, 'like', None)
      and declared.get(('shop_item', 'like')) == ('MANYTOONE', False, 'alikes', None))
check('declared: a ManyToManyField', declared.get(('shop_topic', 'tags')) == ('MANYTOMANY', True, 'topics', None)
      and declared.get(('shop_tag', 'topics')) == ('MANYTOMANY', True, 'tags', None))
check('declared: a child model', declared.get(('shop_item', 'special')) is not None)
check('a row replaces', replaces('parent_id'))

with override_settings(RELMAP_OPTIONS={}):
    check('a OneToOneField that cannot be null refuses, unless the settings say else', [
        declaration.options['on_replace'] for declaration in declarations(apps.get_app_config('shop'))
        if declaration.name == 'passport'] == ['restrict'])

check('declared again: no change, and no word', migrate('shop', '0001') == [] and attributes() == declared)
with override_settings(RELMAP_OPTIONS={}):
    check('it says what it has changed', migrate('shop', '0001') == [
        '  relmap: shop: shop_owner.passport changed, shop_passport.owner changed'])
migrate('shop', '0001')


def refused(**options):
    """What the system check says of settings, and, as it must, migrate."""
    with override_settings(**options):
        errors = [' '.join(filter(None, (error.msg, error.hint))) for error in run_checks() if error.id.startswith('relmap.')]
        try:
            call_command('migrate', 'shop', '0001', verbosity=0)
            return []
        except ImproperlyConfigured as error:
            return errors if str(error) == errors[0] else [str(error)]


check('settings: none that is wrong', run_checks() == [])
check('settings: a model that there is not', refused(RELMAP_OPTIONS={'shop.Pasport.owner': {'on_replace': 'delete'}}) == [
    'RELMAP_OPTIONS names "shop.Pasport.owner", which is not declared. Did you mean "shop.Passport.owner"?'])
check('settings: a field that is not declared', refused(RELMAP_OPTIONS={'shop.Owner.name': {'doc': 'n'}})[0].startswith(
    'RELMAP_OPTIONS names "shop.Owner.name", which is not declared.'))
check('settings: an option that there is not', refused(RELMAP_OPTIONS={'shop.Passport.owner': {'on_replce': 'delete'}}) == [
    'RELMAP_OPTIONS has the unknown option "on_replce" for "shop.Passport.owner". Did you mean "on_replace"?'])
check('settings: an app that there is not', refused(RELMAP_APPS=['shoop']) == [
    'RELMAP_APPS names "shoop", which is not the label of an installed app. Did you mean "shop"?'])
check('settings: a string of apps', refused(RELMAP_APPS='shop') == ['RELMAP_APPS is a string. It is a list of the labels of apps.'])
check('settings: another side of an app that is declared', refused(
    RELMAP_APPS=['shop'], RELMAP_OPTIONS={'shop.Owner.passport': {'on_replace': 'restrict'}}) == [])
migrate('shop', '0001')
check('settings: nothing has changed', attributes() == declared)

said = migrate('shop', '0002')
check('it says what it has renamed', len(said) == 1 and 'declared' in said[0] and 'dropped' in said[0])
declared = attributes()
check('RenameField: the attribute follows', declared.get(('shop_shop', 'owner')) == ('MANYTOONE', False, 'shop', None)
      and ('shop_shop', 'parent') not in declared
      and declared.get(('shop_owner', 'shop')) == ('ONETOMANY', False, 'owner', 'nullify'))
check('RenameField: a row replaces', replaces('owner_id'))
check('RenameField: check() finds no error', errors() == [])

call_command('migrate', 'shop', '0003', verbosity=0)
declared = attributes()
check('another related_name', declared.get(('shop_owner', 'only_shop')) == ('ONETOMANY', False, 'owner', 'nullify')
      and ('shop_owner', 'shop') not in declared)

before = len(declared)
call_command('migrate', verbosity=0)
check('BigAutoField: all is declared', len(attributes()) == before)
check('BigAutoField: a row replaces', replaces('owner_id'))
check('BigAutoField: check() finds no error', errors() == [])

output = io.StringIO()
try:
    call_command('makemigrations', 'shop', check_changes=True, dry_run=True, stdout=output)
except SystemExit:
    pass
check('makemigrations finds nothing to do', 'No changes' in output.getvalue())

from shop.models import License, Owner, Passport, Shop, Topic  # noqa: E402

owner = Owner.objects.create()
first = Shop.objects.create(owner=owner)
second = Shop.objects.create(owner=owner)
first.refresh_from_db()
check('Django: the second takes the owner', first.owner is None and Owner.objects.get(pk=owner.pk).only_shop == second)
Passport.objects.create(owner=owner)
Passport.objects.create(owner=owner)
check('Django: a passport is deleted when it is replaced', Passport.objects.filter(owner=owner).count() == 1)
topic = Topic.objects.create()
License.objects.create(topic=topic)
try:
    License.objects.create(topic=topic)
    check('Django: a second license is refused', False)
except IntegrityError:
    check('Django: a second license is refused', True)
owner.delete()
check('Django: deletes what on_delete says', Passport.objects.count() == 0 and Shop.objects.filter(pk=second.pk).exists())

migrate('shop', 'zero')
check('back to the beginning: nothing is declared', attributes() == {} and errors() == [])
migrate('shop')
check('and forward again: all is', len(attributes()) == before)


class Lost(models.Model):
    other = models.ForeignKey('shop.Nowhere', models.CASCADE)
    others = models.ManyToManyField('shop.Nowhere', related_name='+')

    class Meta:
        app_label = 'shop'


check("a model that there is not is Django's to report", {error.id for error in run_checks()} >= {'fields.E300'})
