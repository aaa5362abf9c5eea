"""SQLAlchemy: the scenarios of t/clients.pl in its own idiom."""
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import declarative_base, relationship, sessionmaker

from serve import at_once, serve

Base = declarative_base()


class Parent(Base):
    __tablename__ = 'parent'
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text)
    child = relationship('Child', back_populates='parent', uselist=False)
    draft = relationship('Draft', back_populates='parent', uselist=False, cascade='all, delete-orphan')
    profile = relationship('Profile', back_populates='parent', uselist=False, cascade='all, delete-orphan')


class Child(Base):
    __tablename__ = 'child'
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text)
    parent_id = sa.Column(sa.ForeignKey('parent.id'))
    parent = relationship('Parent', back_populates='child')


class Draft(Base):
    __tablename__ = 'draft'
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text)
    parent_id = sa.Column(sa.ForeignKey('parent.id'))
    parent = relationship('Parent', back_populates='draft')


class Profile(Base):
    __tablename__ = 'profile'
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text)
    parent_id = sa.Column(sa.ForeignKey('parent.id'), nullable=False)
    parent = relationship('Parent', back_populates='profile')
    # the database has deleted a replaced profile before SQLAlchemy does
    __mapper_args__ = {'confirm_deleted_rows': False}


engine = sa.create_engine('postgresql+psycopg2://', pool_size=8, future=True)
session_for = sessionmaker(engine, future=True)


def tables():
    Base.metadata.create_all(engine)


def create(model):
    with session_for.begin() as session:
        session.add(model(name='n', parent_id=1))


def assign(attribute, model):
    with session_for.begin() as session:
        setattr(session.get(Parent, 1), attribute, model(name='n'))


def unset(attribute):
    with session_for.begin() as session:
        setattr(session.get(Parent, 1), attribute, None)


def move(model):
    with session_for.begin() as session:
        session.get(model, 1).parent = session.get(Parent, 2)


def swap(attribute):
    with session_for.begin() as session:
        one, two = session.get(Parent, 1), session.get(Parent, 2)
        mine, other = getattr(one, attribute), getattr(two, attribute)
        setattr(one, attribute, other)
        setattr(two, attribute, mine)


def swap_bulk():
    with session_for.begin() as session:
        session.execute(sa.update(Child).where(Child.id.in_([1, 2])).values(parent_id=3 - Child.parent_id)
                        .execution_options(synchronize_session=False))


def create_bulk():
    with session_for.begin() as session:
        session.add_all([Child(name='n', parent_id=1), Child(name='m', parent_id=2)])


def two_sessions():
    with session_for() as first, session_for() as second:
        parents = [session.get(Parent, 3) for session in (first, second)]
        assert parents[0].child is None and parents[1].child is None
        parents[0].child = Child(name='n')
        first.commit()
        parents[1].child = Child(name='m')
        second.commit()


def save_twice():
    with session_for() as session:
        child = Child(name='n')
        session.get(Parent, 1).child = child
        session.commit()
        child.name = 'm'
        session.commit()


def stale():
    with session_for(expire_on_commit=False) as session:
        child = session.get(Child, 1)
        session.commit()
        with engine.begin() as other:
            other.execute(sa.text("UPDATE child SET parent_id = NULL WHERE id = 1"))
            other.execute(sa.text("INSERT INTO child (name, parent_id) VALUES ('n', 1)"))
        child.name = 'm'
        session.commit()


def upsert():
    new = insert(Child).values(name='n', parent_id=1)
    with session_for.begin() as session:
        session.execute(new.on_conflict_do_update(index_elements=['parent_id'], set_={'name': new.excluded.name}))


def merge():
    with session_for.begin() as session:
        session.merge(Child(id=1, name='n', parent_id=2))


def ignore():
    with session_for.begin() as session:
        session.execute(insert(Child).values([{'name': 'n', 'parent_id': 1}, {'name': 'm', 'parent_id': 3}])
                        .on_conflict_do_nothing())


def delete_parent():
    with session_for.begin() as session:
        session.delete(session.get(Parent, 1))


serve('SQLAlchemy', sa.__version__, {
    'tables': tables,
    'create': lambda: create(Child),
    'assign': lambda: assign('child', Child),
    'unset': lambda: unset('child'),
    'move': lambda: move(Child),
    'swap': lambda: swap('child'),
    'swap_bulk': swap_bulk,
    'create_bulk': create_bulk,
    'two_sessions': two_sessions,
    'at_once': lambda: at_once(lambda: create(Child)),
    'save_twice': save_twice,
    'stale': stale,
    'stale_changed': stale,
    'upsert': upsert,
    'upsert_id': merge,
    'ignore': ignore,
    'draft_create': lambda: create(Draft),
    'draft_assign': lambda: assign('draft', Draft),
    'draft_unset': lambda: unset('draft'),
    'draft_move': lambda: move(Draft),
    'draft_swap': lambda: swap('draft'),
    'draft_parent': delete_parent,
    'profile_create': lambda: create(Profile),
    'profile_assign': lambda: assign('profile', Profile),
    'profile_move': lambda: move(Profile),
})
