"""Alembic on a declared database: URL."""
import sys
import warnings

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.orm import declarative_base, relationship

from relmap_sqlalchemy import alembic as relmap

warnings.simplefilter('error')
Base = declarative_base()


class Parent(Base):
    __tablename__ = 'parent'
    id = sa.Column(sa.Integer, primary_key=True)
    child = relationship('Child', back_populates='parent', uselist=False, cascade='all, delete-orphan')


class Child(Base):
    __tablename__ = 'child'
    id = sa.Column(sa.Integer, primary_key=True)
    parent_id = sa.Column(sa.ForeignKey('parent.id'))
    parent = relationship('Parent', back_populates='child')


def check(what, truth):
    print('ok' if truth else 'not ok', '-', what)


def context(connection, **options):
    return MigrationContext.configure(connection, opts={'include_schemas': True, **options})


def ask(connection, query):
    return connection.execute(sa.text(query)).scalar()


engine = sa.create_engine(sys.argv[1], future=True)
with engine.begin() as connection:
    connection.execute(sa.text('CREATE EXTENSION relmap'))
    Base.metadata.create_all(connection)
    op = Operations(context(connection))
    op.declare_relationship('child', 'parent', 'parent', back_populates='child', doc='100%: a :b')
    op.declare_relationship('parent', 'child', 'child', uselist=False, back_populates='parent')
    check('declare_relationship', ask(connection, "SELECT unique_index FROM relmap.relationships WHERE name = 'child'") is not None)
    check('doc is as it was said', ask(connection, "SELECT doc FROM relmap.relationships WHERE name = 'parent'") == '100%: a :b')

    without = compare_metadata(context(connection, include_name=relmap.include_name), Base.metadata)
    check('autogenerate would drop the UNIQUE', [change[0] for change in without] == ['remove_constraint'])
    asked = []
    declared = context(connection, include_name=relmap.include_name, include_object=relmap.include_object(
        connection, lambda object, name, type_, reflected, compare_to: asked.append(name) or True))
    check('with the filter it finds nothing to do', compare_metadata(declared, Base.metadata) == [])
    check('another filter is asked about all the rest', 'child' in asked and 'child_parent_id_key' not in asked)

    op.create_unique_constraint('mine', 'child', ['id', 'parent_id'])
    check('what is not relmap\'s is seen', [change[0] for change in compare_metadata(declared, Base.metadata)] == ['remove_constraint'])
    op.drop_constraint('mine', 'child')

    op.alter_relationship('parent', 'child', new_name='only', cascade='all, delete-orphan')
    check('alter_relationship', ask(connection, "SELECT cascade ~ 'orphan' FROM relmap.relationships WHERE name = 'only'"))
    op.alter_relationship('parent', 'only', new_name='child', cascade='none')
    op.alter_relationship('child', 'parent', doc='')
    op.declare_relationships(Base.registry)
    check('declare_relationships', ask(connection, "SELECT cascade ~ 'orphan' FROM relmap.relationships WHERE name = 'child'"))
    op.drop_relationship('parent', 'child')
    op.drop_relationship('child', 'parent')
    op.drop_relationship('child', 'parent', missing_ok=True)
    check('drop_relationship', ask(connection, 'SELECT count(*) FROM relmap.relationships') == 0)

made = relmap.DeclareRelationshipOp('SELECT 1', undo=['SELECT 2'])
check('a declaration is undone by a downgrade', made.reverse().statements == ('SELECT 2',))
