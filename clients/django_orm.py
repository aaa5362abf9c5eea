"""Django: the scenarios of t/clients.pl in its own idiom."""
import os

import django
from django.conf import settings
from django.db import connection, models, transaction

from serve import at_once, serve

settings.configure(
    INSTALLED_APPS=[__name__],
    DATABASES={'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': os.environ['PGDATABASE'],
    }},
    DEFAULT_AUTO_FIELD='django.db.models.BigAutoField',
    USE_TZ=True)
django.setup()


class Parent(models.Model):
    name = models.TextField(null=True)

    class Meta:
        db_table = 'parent'


class Child(models.Model):
    name = models.TextField(null=True)
    parent = models.OneToOneField(Parent, models.SET_NULL, null=True)

    class Meta:
        db_table = 'child'


class Draft(models.Model):
    name = models.TextField(null=True)
    parent = models.OneToOneField(Parent, models.CASCADE, null=True)

    class Meta:
        db_table = 'draft'


class Profile(models.Model):
    name = models.TextField(null=True)
    parent = models.OneToOneField(Parent, models.CASCADE)

    class Meta:
        db_table = 'profile'


def tables():
    with connection.schema_editor() as editor:
        for model in (Parent, Child, Draft, Profile):
            editor.create_model(model)


def create(model):
    model.objects.create(name='n', parent_id=1)


def assign(attribute, model):
    parent = Parent.objects.get(pk=1)
    setattr(parent, attribute, model(name='n'))
    getattr(parent, attribute).save()


def save_twice():
    parent = Parent.objects.get(pk=1)
    parent.child = Child(name='n')
    parent.child.save()
    parent.child.name = 'm'
    parent.child.save()


def unset(model):
    child = model.objects.get(pk=1)
    child.parent = None
    child.save()


def move(model):
    child = model.objects.get(pk=1)
    child.parent = Parent.objects.get(pk=2)
    child.save()


def swapped(model):
    """Two children, each with the other's parent, not saved yet."""
    one, two = model.objects.order_by('pk')
    one.parent, two.parent = two.parent, one.parent
    return one, two


def swap(model):
    with transaction.atomic():
        for child in swapped(model):
            child.save()


def swap_bulk():
    Child.objects.bulk_update(swapped(Child), ['parent'])


def create_bulk():
    Child.objects.bulk_create([Child(name='n', parent_id=1), Child(name='m', parent_id=2)])


def two_sessions():
    parents = [Parent.objects.get(pk=3), Parent.objects.get(pk=3)]
    assert not any(hasattr(parent, 'child') for parent in parents)
    for parent, name in zip(parents, 'nm'):
        Child.objects.create(name=name, parent=parent)


def in_own_connection():
    try:
        create(Child)
    finally:
        connection.close()


def stale(**options):
    child = Child.objects.get(pk=1)
    with transaction.atomic():
        Child.objects.filter(pk=1).update(parent=None)
        Child.objects.create(name='n', parent_id=1)
    child.name = 'm'
    child.save(**options)


def upsert():
    Child.objects.update_or_create(parent_id=1, defaults={'name': 'n'})


def ignore():
    Child.objects.bulk_create([Child(name='n', parent_id=1), Child(name='m', parent_id=3)], ignore_conflicts=True)


def find_or_create():
    for _ in range(2):
        Child.objects.get_or_create(parent_id=3, defaults={'name': 'n'})


serve('Django', django.get_version(), {
    'tables': tables,
    'create': lambda: create(Child),
    'assign': lambda: assign('child', Child),
    'save_twice': save_twice,
    'unset': lambda: unset(Child),
    'move': lambda: move(Child),
    'swap': lambda: swap(Child),
    'swap_bulk': swap_bulk,
    'create_bulk': create_bulk,
    'two_sessions': two_sessions,
    'at_once': lambda: at_once(in_own_connection),
    'upsert_id': lambda: Child(id=1, name='n', parent_id=2).save(),
    'upsert': upsert,
    'ignore': ignore,
    'find_or_create': find_or_create,
    'stale': stale,
    'stale_changed': lambda: stale(update_fields=['name']),
    'draft_create': lambda: create(Draft),
    'draft_assign': lambda: assign('draft', Draft),
    'draft_unset': lambda: unset(Draft),
    'draft_move': lambda: move(Draft),
    'draft_swap': lambda: swap(Draft),
    'draft_parent': lambda: Parent.objects.get(pk=1).delete(),
    'profile_create': lambda: create(Profile),
    'profile_assign': lambda: assign('profile', Profile),
    'profile_move': lambda: move(Profile),
})
