"""Django's OneToOneFields, ForeignKeys and ManyToManyFields, declared to the
PostgreSQL extension relmap at every migrate.  In the settings:

    INSTALLED_APPS = [..., 'relmap_django']

The extension itself is made by a migration.  It stays when that is reversed, as
the tables' triggers need it:

    operations = [migrations.RunSQL('CREATE EXTENSION IF NOT EXISTS relmap', migrations.RunSQL.noop)]
"""
