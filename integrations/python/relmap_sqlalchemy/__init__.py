"""SQLAlchemy's relationships, declared to the PostgreSQL extension relmap.

    declarations(Base.registry)     the declarations of all mapped relationships
    declare(connection, ...)        make them, and change those that differ
    listen(Base.registry)           do so after every create_all()

See also relmap_sqlalchemy.alembic.
"""
import contextlib
import json
import warnings

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import configure_mappers
from sqlalchemy.orm.interfaces import MANYTOMANY, MANYTOONE, ONETOMANY
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, UnaryExpression

from .declare import Declaration, declare_with

__all__ = ['Declaration', 'declarations', 'declare', 'listen']

_preparer = postgresql.dialect().identifier_preparer
_ALL = ('save-update', 'merge', 'refresh-expire', 'expunge', 'delete')
_DEFAULT = ('save-update', 'merge')
# the operators' names in SQLAlchemy 1.4 and before
_MODIFIERS = {'desc_op': 'DESC', 'asc_op': '', 'nulls_first_op': 'NULLS FIRST', 'nulls_last_op': 'NULLS LAST',
              'nullsfirst_op': 'NULLS FIRST', 'nullslast_op': 'NULLS LAST'}


class _Unsupported(Exception):
    """A relationship that relmap has nothing for; the message says why."""


def declarations(registry):
    """The declarations of all relationships that a registry (or a declarative
    Base) has mapped, by table and name.  What does not stand on a foreign key
    is left out, with a warning.  Options that SQLAlchemy has no word for are
    taken from the relationship's info: {"relmap_options": {"on_replace": "restrict"}}."""
    registry = getattr(registry, 'registry', registry)
    configure_mappers()
    found = {}
    for mapper in registry.mappers:
        for prop in mapper.relationships:
            if prop.parent is not mapper:
                continue                # inherited: it is the parent class's
            try:
                declaration = _declaration(prop)
            except _Unsupported as reason:
                warnings.warn('relationship %s is left out: %s' % (prop, reason), stacklevel=2)
            else:
                found.setdefault((declaration.source, declaration.name), declaration)
    return [found[key] for key in sorted(found)]


def _declaration(prop):
    """The declaration of one relationship, that of a mapper's property."""
    pairs = list(prop.synchronize_pairs)
    near = _foreign_key([child for _, child in pairs], [parent for parent, _ in pairs])
    options = {}
    far = None

    if prop.direction is MANYTOMANY:
        pairs = list(prop.secondary_synchronize_pairs)
        far = _foreign_key([child for _, child in pairs], [parent for parent, _ in pairs])
        source, target = near.referred_table, far.referred_table
        options['secondary'] = _table(near.parent)
        if _ambiguous(near, source, near.parent) or _ambiguous(far, target, near.parent) or source is target:
            options['foreign_keys'] = _columns(near)
            options['remote_side'] = _columns(far)
    else:
        source, target = near.parent, near.referred_table
        if prop.direction is ONETOMANY:
            source, target = target, source
        if source is target or _ambiguous(near, near.referred_table, near.parent) or \
                _keys_between(near.referred_table, near.parent):
            options['foreign_keys'] = _columns(near)
        if source is target and prop.direction is MANYTOONE:
            options['remote_side'] = [element.column.name for element in near.elements]
    _check_join(prop, near, far)

    if prop.direction is not MANYTOONE and not prop.uselist:
        options['uselist'] = False
    if prop.back_populates and not prop.viewonly:
        options['back_populates'] = prop.back_populates
    if prop.viewonly:
        if prop.direction is not MANYTOONE and not _has_condition(prop):
            options['enforce'] = False
    else:
        options.update(_cascade(prop))
    if prop.uselist:
        if prop.order_by:
            options['order_by'] = ', '.join(_order(prop, expression) for expression in prop.order_by)
        keyed_by = _keyed_by(prop)
        if keyed_by and prop.direction is ONETOMANY:
            options['keyed_by'] = keyed_by
    if prop.single_parent and prop.direction is MANYTOONE:
        options['single_parent'] = True
    options['doc'] = prop.doc
    options.update(_info(prop))
    options.update(prop.info.get('relmap_options', {}))
    return Declaration(_table(source), prop.key, _table(target), **options)


def _table(table):
    return _preparer.format_table(table)


def _columns(key):
    return [column.name for column in key.columns]


def _foreign_key(children, parents):
    """The constraint from the child's columns to the parent's."""
    if not children or not isinstance(children[0].table, sa.Table):
        raise _Unsupported('it does not stand on a foreign key')
    wanted = set(zip(children, parents))
    for key in children[0].table.foreign_key_constraints:
        if {(element.parent, element.column) for element in key.elements} == wanted:
            return key
    raise _Unsupported('table "%s" has no foreign key of these columns: %s' % (
        children[0].table.name, ', '.join(child.name for child in children)))


def _keys_to(child, parent):
    return [key for key in child.foreign_key_constraints if key.referred_table is parent]


def _ambiguous(key, parent, child):
    """Has the child another key to the parent?"""
    return any(other is not key for other in _keys_to(child, parent))


def _keys_between(parent, child):
    """Has the parent a key to the child?"""
    return parent is not child and bool(_keys_to(parent, child))


def _conjuncts(expression):
    """The conditions that a join is made of; annotations make no difference."""
    if getattr(expression, 'operator', None) is operators.and_:
        return [part for clause in expression.clauses for part in _conjuncts(clause)]
    return [expression]


def _has_condition(prop):
    """Has relmap a condition for what the join says more than the foreign key?"""
    return bool(prop.info.get('relmap_options', {}).get('condition'))


def _check_join(prop, near, far):
    """A join that says more than the foreign key is another relationship."""
    for join, key in (prop.primaryjoin, near), (prop.secondaryjoin, far):
        if key is None or _has_condition(prop):
            continue
        conditions = _conjuncts(join)
        if len(conditions) != len(key.elements) or not all(
                isinstance(condition, BinaryExpression) and condition.operator is operators.eq
                for condition in conditions):
            raise _Unsupported('its join says more than foreign key (%s) of table "%s"' % (
                ', '.join(_columns(key)), key.parent.name))


def _cascade(prop):
    """The cascade, as SQLAlchemy has it; nothing for its default."""
    values = {value for value in _ALL + ('delete-orphan',) if value in prop.cascade}
    if prop.direction is MANYTOONE and not prop.single_parent and 'delete' in values:
        warnings.warn('cascade "delete" of %s is left out: other rows may refer to the same one' % prop, stacklevel=4)
        values -= {'delete', 'delete-orphan'}
    if prop.direction is MANYTOMANY and 'delete-orphan' in values:
        warnings.warn('cascade "delete-orphan" of %s is left out: it is many-to-many' % prop, stacklevel=4)
        values -= {'delete-orphan'}
    if values == set(_DEFAULT):
        return {}
    if values.issuperset(_ALL):
        return {'cascade': 'all, delete-orphan' if 'delete-orphan' in values else 'all'}
    return {'cascade': ', '.join(value for value in _ALL + ('delete-orphan',) if value in values) or 'none'}


def _order(prop, expression):
    """One column of order_by."""
    modifiers = []
    while isinstance(expression, UnaryExpression) and expression.modifier is not None and \
            expression.modifier.__name__ in _MODIFIERS:
        modifiers.insert(0, _MODIFIERS[expression.modifier.__name__])
        expression = expression.element
    column = getattr(expression, 'name', None)
    if not isinstance(expression, sa.Column) or expression.table is not prop.mapper.local_table:
        raise _Unsupported('its order_by has something else than columns of table "%s": %s' % (
            prop.mapper.local_table.name, expression))
    return ' '.join([_preparer.quote(column)] + [word for word in modifiers if word])


def _keyed_by(prop):
    """The columns that key a collection, where SQLAlchemy keys it by columns."""
    factory = prop.collection_class
    if factory is None or isinstance(factory, type) and issubclass(factory, (list, set)):
        return None
    try:
        keyfunc = getattr(factory(), 'keyfunc', None)
    except Exception:
        return None
    attribute = getattr(keyfunc, 'attr_name', getattr(keyfunc, 'name', None))
    mapper = prop.mapper
    if isinstance(attribute, str) and attribute in mapper.column_attrs:
        return [column.name for column in mapper.column_attrs[attribute].columns]
    columns = [key[0] if isinstance(key, tuple) else key for key in getattr(keyfunc, 'colkeys', ())]
    columns = columns or [column.key for column in getattr(keyfunc, 'cols', ())]
    if columns and all(key in mapper.local_table.c for key in columns):
        return [mapper.local_table.c[key].name for key in columns]
    return None


def _info(prop):
    """info, where it is JSON; models() has what is no object under "relmap"."""
    for key in prop.info:
        if str(key).lower().startswith('relmap') and key not in ('relmap', 'relmap_options'):
            raise TypeError('info of relationship %s has the unknown key %r; did you mean "relmap_options"?' % (prop, key))
    info = {key: value for key, value in prop.info.items() if key != 'relmap_options'}
    if not info:
        return {}
    if set(info) == {'relmap'}:
        info = info['relmap']
    try:
        return {'info': json.dumps(info, sort_keys=True)}
    except (TypeError, ValueError):
        return {}


def declare(connection, what):
    """Declare what a registry, a Base, or a list of declarations has, over a
    connection (or a Session); what is declared differently is changed."""
    if hasattr(connection, 'connection') and hasattr(connection, 'get_bind'):
        connection = connection.connection()
    if not isinstance(what, (list, tuple)):
        what = declarations(what)
    declare_with(lambda statement: _rows(connection.execute(text(statement))),
                 connection.begin_nested, what, _sqlstate)


def text(statement):
    """A statement for execute(), in which no colon makes a parameter."""
    return sa.text(statement.replace(':', '\\:'))


def _rows(result):
    with contextlib.closing(result):
        return result.fetchall()


def _sqlstate(error):
    original = getattr(error, 'orig', error)
    return getattr(original, 'sqlstate', None) or getattr(original, 'pgcode', None)


def listen(registry, create_extension=False):
    """Declare all that is mapped after every create_all() of the registry's
    tables on PostgreSQL."""
    registry = getattr(registry, 'registry', registry)

    @sa.event.listens_for(registry.metadata, 'after_create')
    def after_create(target, connection, **_):
        if connection.dialect.name == 'postgresql':
            if create_extension:
                connection.execute(sa.text('CREATE EXTENSION IF NOT EXISTS relmap'))
            declare(connection, registry)

    return after_create
