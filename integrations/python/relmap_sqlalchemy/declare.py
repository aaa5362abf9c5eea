"""A declaration, and the statements that make, change or take it back.

Nothing here needs SQLAlchemy: relmap_django uses it too.
"""
import json
import re

# The arguments of relmap.relationship(), and of relmap.alter_relationship(),
# that a Declaration can have, in the order in which they are written.
OPTIONS = ('uselist', 'back_populates', 'foreign_keys', 'remote_side', 'secondary', 'condition', 'keyed_by',
           'required', 'single_parent', 'cascade', 'on_replace', 'order_by', 'enforce', 'accessor', 'doc', 'info')
NOT_ALTERED = ('foreign_keys', 'remote_side', 'secondary')

# What alter_relationship() takes for "no longer".
TAKEN_AWAY = {'back_populates': '', 'condition': '', 'keyed_by': [], 'required': False, 'single_parent': False,
              'on_replace': '', 'order_by': '', 'enforce': True, 'doc': '', 'info': 'null',
              'cascade': 'save-update, merge'}
# What a declaration has of them; where enforce is not false, it is not given.
HAS = ('back_populates', 'condition', 'keyed_by', 'required', 'single_parent', 'on_replace', 'order_by',
       'NOT enforced AS enforce', 'doc', 'info')

# duplicate_object: the attribute is declared, and differently
DECLARED_DIFFERENTLY = '42710'
# invalid_foreign_key: the key is not there
NO_FOREIGN_KEY = '42830'


def literal(value):
    """A value as a literal of SQL."""
    if value is None:
        return 'NULL'
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, (list, tuple)):
        value = '{%s}' % ','.join('"%s"' % re.sub(r'(["\\])', r'\\\1', item) for item in value)
    value = str(value)
    quoted = "'%s'" % value.replace("'", "''")
    # whatever standard_conforming_strings is
    return 'E' + quoted.replace('\\', '\\\\') if '\\' in value else quoted


def identifier(name):
    """A name as an identifier of SQL, quoted where it must be, or may have to."""
    return name if re.fullmatch('[a-z_][a-z0-9_]*', name) else '"%s"' % name.replace('"', '""')


class Declaration:
    """One call of relmap.relationship().  source, target and the option
    secondary are the names of tables as in SQL, quoted where need be."""

    def __init__(self, source, name, target, **options):
        unknown = set(options) - set(OPTIONS)
        if unknown:
            raise TypeError('unknown option of relationship %s.%s: %s' % (source, name, ', '.join(sorted(unknown))))
        self.source = source
        self.name = name
        self.target = target
        self.options = {key: value for key, value in options.items() if value is not None}
        if not isinstance(self.options.get('info', ''), str):
            self.options['info'] = json.dumps(self.options['info'], sort_keys=True)

    def __repr__(self):
        return 'Declaration(%s)' % self.sql()

    def __eq__(self, other):
        return isinstance(other, Declaration) and self.sql() == other.sql()

    def __hash__(self):
        return hash(self.sql())

    def _call(self, function, arguments, options):
        arguments = [literal(argument) for argument in arguments]
        arguments += ['%s => %s' % (key, literal(options[key])) for key in OPTIONS if key in options]
        return 'SELECT relmap.%s(%s)' % (function, ', '.join(arguments))

    def sql(self):
        """The statement that declares it."""
        return self._call('relationship', (self.source, self.name, self.target), self.options)

    def alter_sql(self, was=()):
        """The statement that changes an attribute which is declared differently;
        was names the options that it may have and is no longer to have."""
        options = {key: value for key, value in self.options.items() if key not in NOT_ALTERED}
        for key in was:
            if key in TAKEN_AWAY:
                options.setdefault(key, TAKEN_AWAY[key])
        return self._call('alter_relationship', (self.source, self.name), options)

    def drop_sql(self, missing_ok=False):
        """The statement that takes it back."""
        statement = self._call('drop_relationship', (self.source, self.name), {})
        return statement[:-1] + ', missing_ok => true)' if missing_ok else statement


def declare_with(execute, savepoint, declarations, sqlstate, skip=None):
    """Declare all, changing what is declared differently.

    execute runs a statement and returns the rows; savepoint is a context
    manager that makes one; sqlstate tells that of an exception.  skip is told
    of declarations whose foreign key is not there, with the exception, which
    else goes on.  It is one statement per relationship where all is as it
    should be.
    """
    for declaration in declarations:
        try:
            with savepoint():
                execute(declaration.sql())
        except Exception as error:
            if skip and sqlstate(error) == NO_FOREIGN_KEY:
                skip(declaration, error)
                continue
            if sqlstate(error) != DECLARED_DIFFERENTLY:
                raise
            rows = execute(
                'SELECT %s FROM relmap.relationships WHERE source = %s::regclass AND name = %s' % (
                    ', '.join(HAS), literal(declaration.source), literal(declaration.name)))
            was = [key.split()[-1] for row in rows
                   for key, value in zip(HAS, row) if value is not None and value is not False]
            execute(declaration.alter_sql(was + ['cascade']))
