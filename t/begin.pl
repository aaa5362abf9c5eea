# The README's "Begin from your ORM": its migrations, run by Alembic, Django and
# Rails, up and down again.  What is not installed is skipped.
use strict;
use warnings;

use IPC::Run qw(run);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $missing = 'script/test --clients installs it';
my $readme = slurp_file('README.md');
my $folder = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('begin');

$node->init;
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGUSER} = getpwuid $<;
$ENV{PYTHONDONTWRITEBYTECODE} = 1;

# The README's block in this language that has this word.
sub block
{
	my ($language, $word) = @_;
	my ($block) = grep { /\Q$word\E/ } $readme =~ /^```$language\n(.*?)^```$/msg;

	return $block // die "README.md has no block of $language with $word";
}

# Write a file of the folder.
sub put
{
	my ($name, $text) = @_;
	my ($path) = "$folder/$name" =~ m{(.*)/};

	system_or_bail('mkdir', '-p', $path);
	open my $handle, '>', "$folder/$name" or die "$name: $!";
	print $handle $text;
	close $handle;
}

# Does a program run?  Without one it only asks whether there are the modules.
sub runs
{
	my ($what, @command) = @_;
	my $output = '';
	my $done = eval { run(\@command, '>&', \$output) };

	return $done if !defined $what;
	ok($done, $what) or diag($output);
	return $output;
}

# What is declared, and how many profiles of one user are left of two.
sub declared
{
	my ($database) = @_;

	return $node->safe_psql($database,
		'SELECT source, name FROM relmap.relationships ORDER BY source::text');
}

sub profiles_of_two
{
	my ($database, $users, $profiles) = @_;

	return $node->safe_psql($database, qq{
		INSERT INTO $users (id) VALUES (1);
		INSERT INTO $profiles (id, user_id) VALUES (1, 1);
		INSERT INTO $profiles (id, user_id) VALUES (2, 1);
		SELECT count(*) FROM $profiles WHERE user_id = 1});
}

SKIP:
{
	my @python = ($ENV{PYTHON} // '/usr/bin/python3');

	skip "no Alembic, SQLAlchemy and psycopg2; $missing", 1
	  unless runs(undef, @python, '-c', 'import alembic, sqlalchemy, psycopg2');
	$node->safe_psql('postgres', 'CREATE DATABASE alembic');
	put('alembic/env.py', <<'PYTHON');
from alembic import context
from sqlalchemy import create_engine

with create_engine('postgresql+psycopg2:///alembic').connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
PYTHON
	put('alembic/versions/1_tables.py', <<'PYTHON');
from alembic import op
import sqlalchemy as sa

revision = '1'
down_revision = None

def upgrade():
    op.create_table('users', sa.Column('id', sa.Integer, primary_key=True))
    op.create_table('profiles', sa.Column('id', sa.Integer, primary_key=True),
                    sa.Column('user_id', sa.Integer, sa.ForeignKey('users.id')))
PYTHON
	put('alembic/versions/2_profile.py', "revision = '2'\ndown_revision = '1'\n\n" . block('python', 'alembic'));
	put('alembic.py', <<'PYTHON');
import sys
folder = sys.path.pop(0)
from alembic import command
from alembic.config import Config

config = Config()
config.set_main_option('script_location', folder + '/alembic')
getattr(command, sys.argv[1])(config, sys.argv[2])
PYTHON
	put('compare.py', <<'PYTHON');
import sys
folder = sys.path.pop(0)
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

metadata = sa.MetaData()
sa.Table('users', metadata, sa.Column('id', sa.Integer, primary_key=True))
sa.Table('profiles', metadata, sa.Column('id', sa.Integer, primary_key=True),
         sa.Column('user_id', sa.Integer, sa.ForeignKey('users.id'), unique=sys.argv[1] == 'unique'))
with sa.create_engine('postgresql+psycopg2:///alembic').connect() as connection:
    context = MigrationContext.configure(connection, opts={'include_name': lambda name, type_, parents:
                                                           type_ != 'table' or name in metadata.tables})
    print(*(change[0] for change in compare_metadata(context, metadata)))
PYTHON
	runs('Alembic: upgrade', @python, "$folder/alembic.py", 'upgrade', 'head');
	is(declared('alembic'), "profiles|user\nusers|profile", 'Alembic: declared');
	is(profiles_of_two('alembic', 'users', 'profiles'), 1, 'Alembic: a profile replaces');
	like(runs('Alembic: compare', @python, "$folder/compare.py", 'unique'), qr/\A\s*\z/, 'autogenerate changes nothing where the model has unique=True');
	like(runs('Alembic: compare', @python, "$folder/compare.py", 'none'), qr/\Aremove_constraint$/m, 'and drops the constraint otherwise');
	$node->safe_psql('alembic', 'ALTER TABLE profiles DROP COLUMN user_id');
	runs('Alembic: downgrade without the column', @python, "$folder/alembic.py", 'downgrade', '1');
	is(declared('alembic'), '', 'Alembic: nothing is declared');
}

SKIP:
{
	my @python = ($ENV{PYTHON} // '/usr/bin/python3');

	skip "no Django and psycopg2; $missing", 1
	  unless runs(undef, @python, '-c', 'import django, psycopg2');
	$node->safe_psql('postgres', 'CREATE DATABASE django');
	put('django/shop/__init__.py', '');
	put('django/shop/migrations/__init__.py', '');
	put('django/shop/models.py', <<'PYTHON');
from django.db import models

class User(models.Model):
    pass

class Profile(models.Model):
    user = models.OneToOneField(User, models.CASCADE, null=True)
PYTHON
	put('django/shop/migrations/0002_profile.py', block('python', 'django'));
	put('django/manage.py', <<'PYTHON');
import sys
from django.conf import settings
from django.core.management import execute_from_command_line

settings.configure(
    INSTALLED_APPS=['shop'], DEFAULT_AUTO_FIELD='django.db.models.AutoField',
    DATABASES={'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'django'}})
execute_from_command_line(sys.argv)
PYTHON
	rename "$folder/django/shop/migrations/0002_profile.py", "$folder/0002_profile.py" or die $!;
	runs('Django: makemigrations', @python, "$folder/django/manage.py", 'makemigrations', 'shop');
	rename "$folder/0002_profile.py", "$folder/django/shop/migrations/0002_profile.py" or die $!;
	runs('Django: migrate', @python, "$folder/django/manage.py", 'migrate', 'shop');
	is(declared('django'), 'shop_user|profile', 'Django: declared');
	is(profiles_of_two('django', 'shop_user', 'shop_profile'), 1, 'Django: a profile replaces');
	like(runs('Django: makemigrations again', @python, "$folder/django/manage.py", 'makemigrations', '--check', 'shop'),
		qr/No changes/, 'Django: the models have not changed');
	$node->safe_psql('django', 'ALTER TABLE shop_profile DROP COLUMN user_id');
	runs('Django: back without the column', @python, "$folder/django/manage.py", 'migrate', 'shop', '0001');
	is(declared('django'), '', 'Django: nothing is declared');
}

SKIP:
{
	skip "Ruby has no active_record and pg; $missing", 1
	  unless runs(undef, 'ruby', '-e', 'require "active_record"; require "pg"');
	$node->safe_psql('postgres', 'CREATE DATABASE rails');
	put('rails/1_make_tables.rb', <<'RUBY');
class MakeTables < ActiveRecord::Migration::Current
  def change
    create_table(:users)
    create_table(:profiles) { |t| t.references :user, foreign_key: true }
  end
end
RUBY
	my $version = runs('Rails: version', 'ruby', '-e', 'require "active_record"; print ActiveRecord::Migration.current_version');
	put('rails/2_declare_profile.rb', block('ruby', 'Migration') =~ s/Migration\[\K[\d.]+/$version/r);
	put('rails.rb', <<'RUBY');
require 'active_record'
require 'pg'
ActiveRecord::Base.establish_connection(adapter: 'postgresql', database: 'rails')
ActiveRecord::Migration.verbose = false
ActiveRecord::MigrationContext.new("#{__dir__}/rails", ActiveRecord::SchemaMigration).migrate(ARGV[0].to_i)
RUBY
	runs('Rails: migrate', 'ruby', "$folder/rails.rb", 2);
	is(declared('rails'), 'users|profile', 'Rails: declared');
	is(profiles_of_two('rails', 'users', 'profiles'), 1, 'Rails: a profile replaces');
	$node->safe_psql('rails', 'ALTER TABLE profiles DROP COLUMN user_id');
	runs('Rails: back without the column', 'ruby', "$folder/rails.rb", 1);
	is(declared('rails'), '', 'Rails: nothing is declared');
}

$node->stop;
done_testing();
