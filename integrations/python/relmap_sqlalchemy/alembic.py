"""Alembic: migrations that declare, and an autogenerate that leaves alone
what is relmap's.  In env.py:

    from relmap_sqlalchemy import alembic as relmap

    context.configure(connection=connection, target_metadata=metadata,
                      include_name=relmap.include_name,
                      include_object=relmap.include_object(connection))

In a migration, once env.py or the migration has imported this module:

    op.declare_relationship('child', 'parent', 'parent', back_populates='child')
    op.declare_relationships(Base.registry)
    op.alter_relationship('parent', 'child', cascade='all, delete-orphan')
    op.drop_relationship('parent', 'child', missing_ok=True)
"""
from alembic.operations import MigrateOperation, Operations

from . import declarations, declare, text
from .declare import Declaration, literal

__all__ = ['include_name', 'include_object']

# The schemas of the extension itself.
SCHEMAS = ('relmap', 'relmap_internal')

# A constraint or index that relmap has made says so in its comment.
_OWN = """
    SELECT n.nspname, c.relname, o.conname
    FROM pg_catalog.pg_constraint o
    JOIN pg_catalog.pg_class c ON c.oid = o.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE o.contype = 'u' AND pg_catalog.obj_description(o.oid, 'pg_constraint') LIKE 'relmap: %'
    UNION
    SELECT n.nspname, c.relname, x.relname
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE pg_catalog.obj_description(i.indexrelid, 'pg_class') LIKE 'relmap: %'
"""


def include_name(name, type_, parent_names):
    """For context.configure(include_name=...): not the extension's schemas."""
    return type_ != 'schema' or name not in SCHEMAS


def include_object(connection, then=None):
    """For context.configure(include_object=...): a filter that keeps autogenerate
    off what relmap has made and the models do not have.  then is another filter
    that is asked about all the rest."""
    own = None

    def filter(object, name, type_, reflected, compare_to):
        nonlocal own
        if type_ == 'table' and object.schema in SCHEMAS:
            return False
        if reflected and compare_to is None and type_ in ('unique_constraint', 'index'):
            if own is None:
                own = set(map(tuple, connection.execute(text(_OWN))))
            schema = object.table.schema or connection.dialect.default_schema_name
            if (schema, object.table.name, name) in own:
                return False
        return then is None or then(object, name, type_, reflected, compare_to)

    return filter


class _Operation(MigrateOperation):
    def __init__(self, *statements, undo=None):
        self.statements = statements
        self.undo = undo

    def reverse(self):
        if self.undo is None:
            raise NotImplementedError('what a relationship was before is not known')
        return _Operation(*self.undo, undo=self.statements)


@Operations.register_operation('declare_relationship')
class DeclareRelationshipOp(_Operation):
    @classmethod
    def declare_relationship(cls, operations, source, name, target, **options):
        """Declare one; the arguments are those of relmap.relationship()."""
        declaration = Declaration(source, name, target, **options)
        return operations.invoke(cls(declaration.sql(), undo=[declaration.drop_sql(missing_ok=True)]))


@Operations.register_operation('alter_relationship')
class AlterRelationshipOp(_Operation):
    @classmethod
    def alter_relationship(cls, operations, source, name, new_name=None, **options):
        """Change one; the arguments are those of relmap.alter_relationship()."""
        statement = Declaration(source, name, '', **options).alter_sql()
        if new_name is not None:
            statement = '%s, new_name => %s)' % (statement[:-1], literal(new_name))
        return operations.invoke(cls(statement))


@Operations.register_operation('drop_relationship')
class DropRelationshipOp(_Operation):
    @classmethod
    def drop_relationship(cls, operations, source, name, missing_ok=False):
        """Take one back."""
        return operations.invoke(cls(Declaration(source, name, '').drop_sql(missing_ok)))


@Operations.implementation_for(DeclareRelationshipOp)
@Operations.implementation_for(AlterRelationshipOp)
@Operations.implementation_for(DropRelationshipOp)
def _execute(operations, operation):
    for statement in operation.statements:
        operations.execute(text(statement))


@Operations.register_operation('declare_relationships')
class DeclareRelationshipsOp(MigrateOperation):
    def __init__(self, what):
        self.what = what

    @classmethod
    def declare_relationships(cls, operations, what):
        """Declare all that a registry, a Base or a list of declarations has, and
        change what is declared differently."""
        return operations.invoke(cls(what))


@Operations.implementation_for(DeclareRelationshipsOp)
def _declare_all(operations, operation):
    what = operation.what
    if not isinstance(what, (list, tuple)):
        what = declarations(what)
    if operations.get_context().as_sql:
        for declaration in what:
            operations.execute(text(declaration.sql()))
    else:
        declare(operations.get_bind(), what)
