"""What is declared for Django's fields.

- a ForeignKey or OneToOneField: the field itself, many-to-one, and what Django
  calls the other side (related_name, or its default), unless that ends in +
- a ManyToManyField without a through model of its own: both sides

on_delete says the cascade: CASCADE is "all", all others have none: what SET_NULL
and the like do stays Django's.  A row that is replaced lets go of its parent
(null=True), or else the new one is refused, as Django's own UNIQUE does, unless
RELMAP_OPTIONS says otherwise.

Settings, all optional:

RELMAP_OPTIONS   options of relmap.relationship() by field or other side, for example
                 {'shop.Profile.user': {'on_replace': 'delete'}}: those of the side
                 that has them
RELMAP_APPS      labels of the apps whose models are declared; all but Django's own
"""
import json
import sys

from django.apps import apps as global_apps
from django.conf import settings
from django.db import connections, models, router, transaction

from relmap_sqlalchemy.declare import Declaration, declare_with, identifier, literal

# These belong to the parent's side.
_PARENT_OPTIONS = {'cascade', 'on_replace', 'order_by', 'enforce', 'uselist', 'condition', 'keyed_by', 'required'}


def after_migrate(app_config, using, verbosity=1, apps=None, stdout=None, **_):
    """For post_migrate: declare what an app's models have, and say what that
    has changed."""
    connection = connections[using]
    if connection.vendor != 'postgresql' or not is_wanted(app_config):
        return
    try:
        # the models as they are after the migrations that have run
        app_config = (apps or global_apps).get_app_config(app_config.label)
    except LookupError:
        return
    with connection.cursor() as cursor:
        found = declarations(app_config, using)
        cursor.execute("SELECT FROM pg_catalog.pg_extension WHERE extname = 'relmap'")
        if not cursor.rowcount:
            if verbosity >= 1 and found:
                print('  relmap: %s is not declared: there is no extension relmap in database "%s"' % (
                    app_config.label, using), file=stdout)
            return
        before = _declared(cursor)
        # all or nothing, so that a stale name is not in the way of a new one
        with transaction.atomic(using=using):
            _follow_renames(cursor, app_config, found)
            declare_with(lambda statement: _rows(cursor, statement),
                         lambda: transaction.atomic(using=using), found, _sqlstate, _skip)
        what = _difference(before, _declared(cursor))
        if verbosity >= 1 and what:
            print('  relmap: %s: %s' % (app_config.label, what), file=stdout)


def _declared(cursor):
    """All that is declared: by table and name, as it is shown and as text."""
    cursor.execute("SELECT source::oid, name, source || '.' || name, r::text FROM relmap.relationships r")
    return {(source, name): (shown, text) for source, name, shown, text in cursor.fetchall()}


def _difference(before, after):
    """How many attributes were declared, and which were changed and dropped, in
    words."""
    declared = len(after.keys() - before.keys())
    words = ['%d attribute%s declared' % (declared, 's' if declared > 1 else '')] if declared else []
    words += ['%s %s' % (before[key][0], 'changed' if key in after else 'dropped')
              for key in sorted(before, key=before.get) if before[key] != after.get(key)]
    return ', '.join(words)


def _skip(declaration, error):
    """A migration, or Django itself, has lost the foreign key of a field."""
    print('  relmap: %s.%s is not declared: %s' % (declaration.source, declaration.name, str(error).splitlines()[0]),
          file=sys.stderr)


def is_wanted(app_config):
    """Are the models of this app declared?"""
    labels = getattr(settings, 'RELMAP_APPS', None)
    if labels is None:
        return not app_config.name.startswith('django.contrib.')
    return app_config.label in labels


def _rows(cursor, statement):
    cursor.execute(statement)
    return cursor.fetchall()


def _sqlstate(error):
    cause = error.__cause__
    return getattr(cause, 'sqlstate', None) or getattr(cause, 'pgcode', None)


def declarations(app_config, using='default'):
    """The declarations of the fields of an app's models."""
    found = []
    for model in app_config.get_models():
        meta = model._meta
        if meta.proxy or meta.swapped or not meta.managed or not router.allow_migrate_model(using, model):
            continue
        for field in meta.local_fields:
            if isinstance(field, models.ForeignKey) and field.db_constraint and not _is_lost(field.remote_field.model):
                found += _of_key(model, field)
        for field in meta.local_many_to_many:
            if _is_lost(field.remote_field.model, field.remote_field.through):
                continue
            if field.remote_field.through._meta.auto_created and field.remote_field.db_constraint:
                found += _of_many_to_many(model, field)
    return found


def _is_lost(*found):
    """Is one of these the name of a model that there is not?  Django's own checks
    report it."""
    return any(isinstance(model, (str, type(None))) for model in found)


def table(model):
    """A model's table as in SQL; Django's names may have been quoted already,
    to put a schema into them."""
    name = model._meta.db_table
    return name if '"' in name else identifier(name)


def _label(model, name):
    return '%s.%s' % (model._meta.label, name)


def _options(model, name, own):
    """Options of one side: what follows from the field, and from the settings."""
    label = _label(model, name)
    given = dict(getattr(settings, 'RELMAP_OPTIONS', {}).get(label, {}))
    return {**own, **given, 'info': json.dumps({'django': label})}


def _other_name(field):
    """What the other model calls it; None if it does not."""
    if field.remote_field.is_hidden():
        return None
    return field.remote_field.get_accessor_name()


def _of_key(model, field):
    parent = field.remote_field.model
    other = _other_name(field)
    keys = [f for f in model._meta.local_fields
            if isinstance(f, models.ForeignKey) and f.remote_field.model._meta.db_table == parent._meta.db_table]
    back = [f for f in parent._meta.local_fields
            if isinstance(f, models.ForeignKey) and f.remote_field.model._meta.db_table == model._meta.db_table]
    choice = {}
    if len(keys) > 1 or back:
        choice['foreign_keys'] = [field.column]
    self_related = parent._meta.db_table == model._meta.db_table

    child = dict(choice, back_populates=other)
    if self_related:
        child['remote_side'] = [field.target_field.column]
    asked = getattr(settings, 'RELMAP_OPTIONS', {}).get(_label(model, field.name), {})
    child = _options(model, field.name, child)
    for option in _PARENT_OPTIONS:
        child.pop(option, None)
    found = [Declaration(table(model), field.name, table(parent), **child)]
    if other is not None:
        side = dict(choice, back_populates=field.name)
        if field.remote_field.on_delete is models.CASCADE:
            side['cascade'] = 'all'
        if field.unique:
            side['uselist'] = False
            if getattr(field.remote_field, 'parent_link', False):
                side['enforce'] = False         # a row and its parent row are one object
                side.pop('cascade', None)
            elif not field.null:
                side['on_replace'] = 'restrict'
        # said of the field, meant for the side that has it
        side.update({option: value for option, value in asked.items() if option in _PARENT_OPTIONS})
        found.append(Declaration(table(parent), other, table(model), **_options(parent, other, side)))
    return found


def _of_many_to_many(model, field):
    parent = field.remote_field.model
    other = _other_name(field)
    through = field.remote_field.through
    near = through._meta.get_field(field.m2m_field_name()).column
    far = through._meta.get_field(field.m2m_reverse_field_name()).column
    found = [Declaration(table(model), field.name, table(parent), **_options(model, field.name, dict(
        secondary=table(through), foreign_keys=[near], remote_side=[far], back_populates=other)))]
    if other is not None and not field.remote_field.symmetrical:
        found.append(Declaration(table(parent), other, table(model), **_options(parent, other, dict(
            secondary=table(through), foreign_keys=[far], remote_side=[near], back_populates=field.name))))
    return found


def _follow_renames(cursor, app_config, found):
    """Of the attributes that were declared for this app's fields before: give
    those another name whose field has one now, drop those whose field is gone."""
    cursor.execute(
        "SELECT source::oid, source::text, name, info ->> 'django',"
        " CASE direction WHEN 'ONETOMANY' THEN target ELSE source END::oid,"
        " direction, CASE direction WHEN 'ONETOMANY' THEN remote_columns ELSE local_columns END,"
        " secondary::oid FROM relmap.relationships WHERE info ? 'django'")
    declared = cursor.fetchall()
    if not declared:
        return
    there = {(source, name) for source, _, name, *_ in declared}
    wanted = {}
    for declaration in found:
        cursor.execute('SELECT %s::regclass::oid' % literal(declaration.source))
        wanted[cursor.fetchone()[0], declaration.name] = declaration
    # attributes on the same column, of the same table, in the same direction
    labels = {json.loads(d.options['info'])['django']: d for d in found}
    tables = {}
    for model in app_config.get_models(include_auto_created=True):
        cursor.execute('SELECT to_regclass(%s)::oid' % literal(table(model)))
        tables[cursor.fetchone()[0]] = model
    for source, source_name, name, label, child, direction, columns, secondary in declared:
        if (secondary or child) not in tables or (source, name) in wanted or label in labels:
            continue
        new = _renamed(tables[secondary or child], direction, columns)
        if new is not None and (source, new) in wanted and (source, new) not in there:
            info = wanted[source, new].options['info']
            cursor.execute('SELECT relmap.alter_relationship(%s, %s, new_name => %s, info => %s)' % (
                literal(source_name), literal(name), literal(new), literal(info)))
        else:
            cursor.execute('SELECT relmap.drop_relationship(%s, %s, keep_constraint => true)' % (
                literal(source_name), literal(name)))


def _renamed(model, direction, columns):
    """What the attribute that stands on these columns is called now."""
    for field in model._meta.local_fields:
        if isinstance(field, models.ForeignKey) and [field.column] == columns:
            return field.name if direction == 'MANYTOONE' else _other_name(field)
    return None
