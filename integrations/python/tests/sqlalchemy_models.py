"""Models in SQLAlchemy's own words, declared by a listener: URL."""
import sys
import warnings

import sqlalchemy as sa
from sqlalchemy.orm import Session, backref, declarative_base, relationship
from sqlalchemy.orm.collections import attribute_mapped_collection

from relmap_sqlalchemy import Declaration, declarations, declare, listen

warnings.simplefilter('error')
Base = declarative_base()
tagged = sa.Table('tagged', Base.metadata, sa.Column('post_id', sa.ForeignKey('post.id'), primary_key=True),
                  sa.Column('tag_id', sa.ForeignKey('tag.id'), primary_key=True))


class Author(Base):
    __tablename__ = 'author'
    id = sa.Column(sa.Integer, primary_key=True)
    type = sa.Column(sa.Text)
    mentor_id = sa.Column(sa.ForeignKey('author.id'))
    mentor = relationship('Author', remote_side=[id], backref='pupils')
    posts = relationship('Post', back_populates='author', foreign_keys='Post.author_id',
                         order_by='(Post.title.desc(), Post.id)', cascade='all, delete-orphan', doc="an author's\nposts: 100%")
    edited = relationship('Post', viewonly=True, foreign_keys='Post.editor_id')
    __mapper_args__ = {'polymorphic_on': type, 'polymorphic_identity': 'author'}


class Star(Author):
    __tablename__ = 'star'
    id = sa.Column(sa.ForeignKey('author.id'), primary_key=True)
    agent_id = sa.Column(sa.ForeignKey('agent.id'), unique=True)
    agent = relationship('Agent', backref=backref('star', uselist=False, info={'relmap_options': {'on_replace': 'restrict'}}))
    __mapper_args__ = {'polymorphic_identity': 'star'}


class Agent(Base):
    __tablename__ = 'agent'
    id = sa.Column(sa.Integer, primary_key=True)


class Post(Base):
    __tablename__ = 'post'
    id = sa.Column(sa.Integer, primary_key=True)
    title = sa.Column(sa.Text)
    author_id = sa.Column(sa.ForeignKey('author.id'))
    editor_id = sa.Column(sa.ForeignKey('author.id'))
    author = relationship('Author', back_populates='posts', foreign_keys=[author_id])
    tags = relationship('Tag', secondary=tagged, backref='posts')
    cover = relationship('Cover', back_populates='post', uselist=False, info={'api': ['a:b', {'c': 1}]})


class Cover(Base):
    __tablename__ = 'Cover Picture'
    id = sa.Column(sa.Integer, primary_key=True)
    post_id = sa.Column('Post Id', sa.ForeignKey('post.id'))
    post = relationship('Post', back_populates='cover')


class Tag(Base):
    __tablename__ = 'tag'
    id = sa.Column(sa.Integer, primary_key=True)


Other = declarative_base()


class Keyed(Other):
    __tablename__ = 'keyed'
    id = sa.Column(sa.Integer, primary_key=True)
    words = relationship('Word', collection_class=attribute_mapped_collection('lang'), back_populates='text')


class Word(Other):
    __tablename__ = 'word'
    id = sa.Column(sa.Integer, primary_key=True)
    text_id = sa.Column(sa.ForeignKey('keyed.id'))
    lang = sa.Column(sa.Text)
    text = relationship(Keyed, single_parent=True, cascade='all, delete-orphan', back_populates='words')


def check(what, truth):
    print('ok' if truth else 'not ok', '-', what)


engine = sa.create_engine(sys.argv[1], future=True)
listen(Base, create_extension=True)
Base.metadata.create_all(engine)
with engine.begin() as connection:
    rows = {(row.source, row.name): row for row in connection.execute(sa.text(
        "SELECT source::text, name, direction, uselist, back_populates, cascade, on_replace, enforced, order_by, doc,"
        " info, local_columns, remote_columns FROM relmap.relationships"))}
check('all relationships are declared', set(rows) == {
    ('author', 'mentor'), ('author', 'pupils'), ('author', 'posts'), ('author', 'edited'), ('star', 'agent'),
    ('agent', 'star'), ('post', 'author'), ('post', 'tags'), ('tag', 'posts'), ('post', 'cover'), ('"Cover Picture"', 'post')})
check('order_by and doc', rows['author', 'posts'].order_by == 'title DESC, id' and rows['author', 'posts'].doc == "an author's\nposts: 100%")
check('delete-orphan', rows['author', 'posts'].cascade.endswith('delete, delete-orphan'))
check('the key that was chosen', rows['author', 'edited'].remote_columns == ['editor_id'])
check('a self-reference', rows['author', 'mentor'].direction == 'MANYTOONE' and rows['author', 'mentor'].back_populates == 'pupils')
check('a one-to-one replaces', rows['post', 'cover'].on_replace == 'nullify' and rows['post', 'cover'].info == {'api': ['a:b', {'c': 1}]})
check('options that SQLAlchemy has no word for', rows['agent', 'star'].on_replace == 'restrict' and rows['agent', 'star'].info is None)
check('through an association table', rows['tag', 'posts'].direction == 'MANYTOMANY' and rows['tag', 'posts'].back_populates == 'tags')

Base.metadata.create_all(engine)
check('create_all() again changes nothing', True)

with Session(engine) as session:
    post = Post()
    session.add_all([post, Cover(post=post)])
    session.commit()
    session.add(Cover(post_id=post.id))
    session.commit()
    check('a cover replaces the other', session.query(Cover).filter(Cover.post_id.is_(None)).count() == 1)

changed = [declaration for declaration in declarations(Base) if declaration.name == 'posts' and declaration.source == 'author']
changed[0].options.update(cascade='all', order_by='id')
del changed[0].options['doc']
with engine.begin() as connection:
    declare(connection, changed)
    row = connection.execute(sa.text("SELECT cascade, order_by, doc FROM relmap.relationships WHERE source = 'author'::regclass AND name = 'posts'")).one()
check('what is declared differently is changed', tuple(row) == ('save-update, merge, refresh-expire, expunge, delete', 'id', None))

keyed = {declaration.name: declaration.options for declaration in declarations(Other)}
check('a keyed collection', keyed['words']['keyed_by'] == ['lang'] and 'single_parent' not in keyed['words'])
check('single_parent', keyed['text']['single_parent'] and keyed['text']['cascade'] == 'all, delete-orphan')

keyed['words'].update(condition="lang <> 'x'", on_replace='set lang = NULL', enforce=False)
Other.metadata.create_all(engine)
columns = ('SELECT condition, keyed_by, on_replace, enforced, single_parent, cascade FROM relmap.relationships'
           " WHERE name IN ('words', 'text') ORDER BY name DESC")
with engine.begin() as connection:
    declare(connection, [Declaration('keyed', 'words', 'word', **keyed['words'])])
    declare(connection, [Declaration('word', 'text', 'keyed', single_parent=True, cascade='all, delete-orphan')])
    rows = [tuple(row) for row in connection.execute(sa.text(columns))]
check('condition, key and list', rows == [
    ("(lang <> 'x'::text)", ['lang'], 'set lang = NULL::text', False, None, 'save-update, merge'),
    (None, None, None, None, True, 'save-update, merge, refresh-expire, expunge, delete, delete-orphan')])
with engine.begin() as connection:
    declare(connection, [Declaration('keyed', 'words', 'word'), Declaration('word', 'text', 'keyed')])
    rows = [tuple(row) for row in connection.execute(sa.text(columns))]
check('what a model has no longer is taken away', rows == [
    (None, None, None, None, None, 'save-update, merge'), (None, None, None, None, False, 'save-update, merge')])

try:
    Declaration('a', 'b', 'c', use_list=True)
except TypeError as error:
    check('a typo is an error', 'a.b: use_list' in str(error))
keyed_words = sa.inspect(Keyed).relationships['words']
keyed_words.info['relmap_option'] = {'on_replace': 'restrict'}
try:
    declarations(Other)
except TypeError as error:
    check('a typo of relmap_options is an error', 'Keyed.words' in str(error))
