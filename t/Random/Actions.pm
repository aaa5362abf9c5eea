# Referential actions in t/random.pl: parents are deleted and get other keys,
# and what refers to the table's key follows it.
#
# For the model a statement on a parent is one statement of many rows: those
# children that its actions update or delete, in the order of the parents.
package Random::Actions;

use strict;
use warnings;

use Random::Generator;
use Random::State qw(parent_key);

sub pick { return Random::Generator::pick(@_); }
sub chance { return Random::Generator::chance(@_); }

sub op
{
	my ($kind, %more) = @_;
	return { kind => $kind, actions => 1, form => pick(('plain') x 3, 'do', 'run', 'prepare'), off => 0, guard => chance(60) ? 1 : 0, parts => [], %more };
}

# A statement on a parent, or one that makes others refer to a row.
sub random_op
{
	my ($table, $state) = @_;
	my $slot = pick(@{ $table->{slots} });
	my $tenant = $table->{tenant};
	if ($table->{others} && chance(50))
	{
		my $id = Random::Generator::random_id();
		return op('refer', id => $id,
			sql => "INSERT INTO $table->{name}_others SELECT id, a FROM $table->{name} WHERE id = $id AND a IS NOT NULL ON CONFLICT (id) DO UPDATE SET a = excluded.a");
	}
	my @keys = sort keys %{ $state->{parents}{ $slot->{name} } };
	my @used = grep { children($state, $slot, $_) } @keys;
	@keys = Random::Generator::some(pick(1, 2, 3, 9), @used && chance(60) ? @used : @keys);
	my @ids = map { m{(\d+)$} } @keys;
	my ($t) = $keys[0] =~ m{^(\d+)/} if @keys && $tenant;
	my $where = ($t && chance(50) ? "t = $t AND " : '') . 'id IN (' . join(', ', @ids, @ids ? () : 0) . ')';
	$t = undef unless $where =~ /^t/;
	my %on = (slot => $slot->{name}, ids => { map { $_ => 1 } @ids }, t => $t);
	# now and then they come back
	if (chance(25))
	{
		return op('parent_insert', slot => $slot->{name}, sql => Random::Tables::refill_sql($table, $slot) . ' ON CONFLICT DO NOTHING');
	}
	return op('parent_delete', %on, sql => "DELETE FROM $slot->{parent} WHERE $where") if chance(50);
	my $column = $tenant && !$table->{partitioned} && chance(60) ? 't' : 'id';
	my $add = $column eq 't' ? pick(1, 1, -1) : pick(1, 2, 5, -1, -5);
	return op('parent_update', %on, column => $column, add => $add,
		sql => "UPDATE $slot->{parent} SET $column = $column + " . ($add < 0 ? "($add)" : $add) . " WHERE $where");
}

# The children that refer to a parent's key.
sub children
{
	my ($state, $slot, $key) = @_;
	return grep { parent_key($slot, $_) eq $key } map { $state->{rows}{$_} } sort { $a <=> $b } keys %{ $state->{rows} };
}

# What an action makes of a child, as a part of the statement.
sub part
{
	my ($slot, $child, $action, $key) = @_;
	return () if $action eq 'check';
	return { kind => 'delete', id => $child->{id} } if $action =~ /^cascades?$/ && !defined $key;
	my %set = ($slot->{column} => $action eq 'null' ? undef : 5);
	@set{ @{ $slot->{fk} } } = split m{/}, $key if $action eq 'cascade';
	return { kind => 'update', id => $child->{id}, set => \%set };
}

# The op as the model sees it: parts, and the parents' keys afterwards.
sub resolve
{
	my ($table, $op, $state) = @_;
	my %r = (%$op, parts => []);
	if ($op->{kind} eq 'refer')
	{
		my $row = $state->{rows}{ $op->{id} };
		$r{refer} = { $op->{id} => $row->{a} } if $row && defined $row->{a};
		return \%r;
	}
	my ($slot) = grep { $_->{name} eq $op->{slot} } @{ $table->{slots} };
	my %keys = %{ $state->{parents}{ $op->{slot} } };
	my @order = sort { $keys{$a} <=> $keys{$b} } keys %keys;
	if ($op->{kind} eq 'parent_insert')
	{
		$keys{$_} //= 99 for Random::Tables::parent_keys($table, $slot);
		@order = ();
	}
	for my $key (@order)
	{
		my ($t, $id) = $key =~ m{^(?:(-?\d+)/)?(-?\d+)$} or die $key;
		next unless $op->{ids}{$id} && (!defined $op->{t} || $op->{t} == $t);
		my $new;
		if ($op->{kind} eq 'parent_update')
		{
			$id += $op->{add} if $op->{column} eq 'id';
			$t += $op->{add} if $op->{column} eq 't';
			$new = defined $t ? "$t/$id" : $id;
			$r{duplicate} = 1 if exists $keys{$new};
		}
		delete $keys{$key};
		$keys{$new} = 99 if defined $new;
		my $action = $op->{kind} eq 'parent_update' ? $slot->{on_update} : $slot->{on_delete};
		push @{ $r{parts} }, map { part($slot, $_, $action, $new) } children($state, $slot, $key);
	}
	$r{parents} = { $op->{slot} => \%keys };
	return \%r;
}

# What refers to the table by a key follows the row that had it, from state $from
# to $to; returns the errors that are due.
sub follow
{
	my ($table, $from, $to, $others, $inserted) = @_;
	my %due;
	for my $id ($table->{others} ? keys %$others : ())
	{
		my $key = $others->{$id} // next;
		my ($row) = grep { defined $_->{a} && $_->{a} == $key } values %$from;
		next unless $row;
		my $now = $inserted->{ $row->{id} } ? undef : $to->{ $row->{id} };
		next if $now && defined $now->{a} && $now->{a} == $key;
		if ($table->{others} eq 'check')
		{
			$due{'23503'} = 1 unless grep { defined $_->{a} && $_->{a} == $key } values %$to;
		}
		elsif ($table->{others} eq 'cascade' && !$now) { delete $others->{$id}; }
		else { $others->{$id} = $table->{others} eq 'cascade' ? $now->{a} : undef; }
	}
	return %due;
}

1;
