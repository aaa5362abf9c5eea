"""Django's OneToOneFields, ForeignKeys and ManyToManyFields, declared to the
PostgreSQL extension relmap at every migrate.  In the settings:

    INSTALLED_APPS = [..., 'relmap_django']

The extension itself is made by a migration, as others are:

    from django.contrib.postgres.operations import CreateExtension

    operations = [CreateExtension('relmap')]
"""
