# DBIx::Class: the scenarios of t/clients.pl in its own idiom, and the protocol of serve.py.
use strict;
use warnings;

package Schema;
use base 'DBIx::Class::Schema';
use DBIx::Class::Core;

# A class of rows that have a name, and maybe a parent.
sub add_class
{
	my ($name, %key) = @_;
	my $class = "Schema::Result::$name";

	no strict 'refs';
	@{"${class}::ISA"} = ('DBIx::Class::Core');
	$class->table(lc $name);
	$class->add_columns(
		id   => { data_type => 'integer', is_auto_increment => 1, sequence => lc($name) . '_id_seq' },
		name => { data_type => 'text', is_nullable => 1 },
		%key);
	$class->set_primary_key('id');
	return $class;
}

my $parent = add_class('Parent');

foreach my $name (qw(Child Draft Profile))
{
	my $class = add_class($name, parent_id => { data_type => 'integer', is_nullable => $name ne 'Profile', is_foreign_key => 1 });

	$class->belongs_to('parent', $parent, 'parent_id', { join_type => 'left' });
	$class->add_unique_constraint(lc($name) . '_parent_id_key', ['parent_id']);
	# for drafts and profiles, with their parent
	$parent->might_have(lc $name, $class, 'parent_id', { cascade_delete => $name ne 'Child', cascade_update => 0 });
	__PACKAGE__->register_class($name, $class);
}
__PACKAGE__->register_class(Parent => $parent);

package main;

my $clients = 6;

# The SQLSTATE of the last error; that of the handle is gone after a rollback.
my $sqlstate;

sub open_schema
{
	my $opened = Schema->connect('dbi:Pg:', '', '', { RaiseError => 1, PrintError => 0, PrintWarn => 0, AutoCommit => 1 });

	$opened->exception_action(sub {
		$sqlstate = $opened->storage->dbh->state || $sqlstate;
		die @_;
	});
	return $opened;
}

my $schema = open_schema();

sub rows { return $schema->resultset(shift) }

sub tables
{
	$schema->storage->dbh_do(sub {
		my (undef, $dbh) = @_;

		$dbh->do('CREATE TABLE parent (id serial PRIMARY KEY, name text)');
		$dbh->do("CREATE TABLE $_ (id serial PRIMARY KEY, name text, parent_id integer REFERENCES parent)") foreach qw(child draft);
		$dbh->do('CREATE TABLE profile (id serial PRIMARY KEY, name text, parent_id integer NOT NULL REFERENCES parent)');
		$dbh->do("ALTER TABLE $_ ADD CONSTRAINT ${_}_parent_id_key UNIQUE (parent_id)") foreach qw(child draft profile);
	});
}

sub create { return rows(shift)->create({ name => 'n', parent_id => 1 }) }

# parent.child = new: the one that was is released, or deleted, by the user.
sub assign
{
	my ($name) = @_;

	$schema->txn_do(sub { rows('Parent')->find(1)->create_related(lc $name, { name => 'n' }) });
}

sub save_twice
{
	rows('Parent')->find(1)->create_related(child => { name => 'n' })->update({ name => 'm' });
}

sub unset
{
	my ($name) = @_;

	rows('Parent')->find(1)->find_related(lc $name, {})->update({ parent_id => undef });
}

sub move
{
	my ($name) = @_;

	rows($name)->find(1)->update({ parent => rows('Parent')->find(2) });
}

sub swap
{
	my ($name) = @_;

	$schema->txn_do(sub {
		my ($one, $two) = map { rows($name)->find($_) } 1, 2;

		$one->update({ parent_id => 2 });
		$two->update({ parent_id => 1 });
	});
}

sub two_sessions
{
	my @parents = map { rows('Parent')->find(3) } 1, 2;

	die "there is a child\n" if grep { $_->child } @parents;
	$parents[0]->create_related(child => { name => 'n' });
	$parents[1]->create_related(child => { name => 'm' });
}

# Do it in several processes at the same time; die as one of them.
sub at_once
{
	my ($work) = @_;
	my @pipes;

	foreach (1 .. $clients)
	{
		my $pid = open my $pipe, '-|';

		if (!$pid)
		{
			$schema->storage->dbh->{InactiveDestroy} = 1;
			$schema = open_schema();
			eval { $work->(); 1 } or print sqlstate($@), " $@";
			close STDOUT;
			require POSIX;
			POSIX::_exit(0);
		}
		push @pipes, $pipe;
	}
	my ($error) = grep { length } map { my $pipe = $_; join '', <$pipe> } @pipes;

	die $error if $error;
}

# Save a child that was replaced since it was read.
sub stale
{
	my ($how) = @_;
	my $child = rows('Child')->find(1);

	$schema->txn_do(sub {
		rows('Child')->search({ id => 1 })->update({ parent_id => undef });
		rows('Child')->create({ name => 'n', parent_id => 1 });
	});
	$child->name('m');
	$child->make_column_dirty($_) foreach $how eq 'all' ? qw(id name parent_id) : ();
	$child->update;
}

# The SQLSTATE of an error, which another process may have written before it.
sub sqlstate
{
	my ($error) = @_;

	return $error =~ /^([0-9A-Z]{5}) / ? $1 : $sqlstate // 'died';
}

my %scenarios = (
	tables         => \&tables,
	create         => sub { create('Child') },
	assign         => sub { assign('Child') },
	save_twice     => \&save_twice,
	unset          => sub { unset('Child') },
	move           => sub { move('Child') },
	swap           => sub { swap('Child') },
	swap_bulk      => sub { rows('Child')->search({ id => [ 1, 2 ] })->update({ parent_id => \'3 - parent_id' }) },
	create_bulk    => sub { rows('Child')->populate([ { name => 'n', parent_id => 1 }, { name => 'm', parent_id => 2 } ]) },
	two_sessions   => \&two_sessions,
	at_once        => sub { at_once(sub { create('Child') }) },
	upsert_id      => sub { rows('Child')->update_or_create({ id => 1, name => 'n', parent_id => 2 }, { key => 'primary' }) },
	upsert         => sub { rows('Child')->update_or_create({ name => 'n', parent_id => 1 }, { key => 'child_parent_id_key' }) },
	find_or_create => sub { rows('Child')->find_or_create({ name => 'n', parent_id => 3 }, { key => 'child_parent_id_key' }) foreach 1, 2 },
	stale          => sub { stale('all') },
	stale_changed  => sub { stale('changed') },
	draft_create   => sub { create('Draft') },
	draft_assign   => sub { assign('Draft') },
	draft_unset    => sub { unset('Draft') },
	draft_move     => sub { move('Draft') },
	draft_swap     => sub { swap('Draft') },
	draft_parent   => sub { rows('Parent')->find(1)->delete },
	profile_create => sub { create('Profile') },
	profile_assign => sub { assign('Profile') },
	profile_move   => sub { move('Profile') });

$| = 1;
print 'DBIx::Class ', DBIx::Class->VERSION, "\n";
while (my $line = <STDIN>)
{
	chomp $line;
	my $answer = 'ok';

	$sqlstate = undef;
	if (my $scenario = $scenarios{$line})
	{
		eval { $scenario->(); 1 } or $answer = sqlstate($@) . " $@";
	}
	else
	{
		$answer = 'none';
	}
	print $answer =~ s/\s+/ /gr, "\n";
}
