# Random statements of t/random.pl: a structure for the model, rendered as SQL.
#
# A statement has parts, the rows that it writes: { kind => insert, update or
# delete, id, row or set, node }; "either" is a row of MERGE.  A row of a
# statement that depends on the state (v + 1) says so, for a replay to mean the
# same: add.
package Random::Generator;

use strict;
use warnings;

use Random::Actions;
use Random::Tables;

our $IDS = 12;

sub pick { return $_[ int rand @_ ]; }
sub chance { return rand(100) < $_[0]; }
sub list { return join ', ', @_; }

# Some of the given things, in random order; at least one.
sub some
{
	my ($n, @all) = @_;
	my @mixed = map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ rand, $_ ] } @all;
	return @mixed[ 0 .. ($n > @mixed ? $#mixed : $n - 1) ];
}

# A value for an assignable column.
sub random_value
{
	my ($column) = @_;
	my $kind = $column->{kind};
	if ($kind eq 'fk')
	{
		return 99 if chance(1);
		return undef if chance($column->{required} ? 1 : 10);
		return 1 + int rand $Random::Tables::PARENTS;
	}
	return chance(10) ? undef : pick(0, 1, 1) if $kind eq 'f';
	return chance(60) ? undef : 1 + int rand 9 if $kind eq 'g';
	return chance(10) ? undef : 1 + int rand 3;
}

# What follows a value in a shift.
sub next_value
{
	my ($column, $now) = @_;
	return random_value($column) if !defined $now || $column->{kind} eq 'g';
	return 1 - $now if $column->{kind} eq 'f';
	return $now % ($column->{kind} eq 'fk' ? $Random::Tables::PARENTS : 3) + 1;
}

sub random_id { return 1 + int rand $IDS; }

sub distinct_ids
{
	my ($n) = @_;
	return some($n, 1 .. $IDS);
}

sub random_row
{
	my ($table, $id) = @_;
	$id //= random_id();
	my $row = { map { $_->{name} => random_value($_) } @{ $table->{assignable} } };
	# in a partitioned table an id has its leaf, and so has a code; parents that
	# statements change have only one tenant each, at first
	my $t = $table->{partitioned} ? 1 + $id % 2 : !$table->{tenant} ? 1
	  : $table->{actions} && $row->{a} && chance(80) ? 1 + $row->{a} % 2 : pick(1, 2);
	my $code = chance(50) ? undef : 2 * (1 + int rand 6) + ($table->{partitioned} ? $t : pick(0, 1));
	return { %$row, id => $id, t => $t, code => $code, v => int rand 100 };
}

# Usually not, but often enough several rows of a statement want one slot.
sub share_slot
{
	my ($table, @rows) = @_;
	return unless chance(30);
	my $slot = pick(@{ $table->{slots} });
	for my $column (@{ $slot->{fk} }, @{ $slot->{keys} }, $slot->{condition} ? $slot->{condition}{column} : ())
	{
		next if $column eq 't';
		$_->{$column} = $rows[0]{$column} for @rows;
	}
}

sub literal
{
	my ($table, $column, $value) = @_;
	return 'NULL' unless defined $value;
	return $value unless ($table->{type}{$column} // 'int') eq 'bool';
	return $value ? 'true' : 'false';
}

sub values_list
{
	my ($table, @rows) = @_;
	return list(map {
		my $r = $_;
		'(' . list(map { literal($table, $_, $r->{$_}) . ($_ eq 'id' ? '' : "::$table->{type}{$_}") } @{ $table->{columns} }) . ')'
	} @rows);
}

sub assignments
{
	my ($table, $set) = @_;
	return list(map {"$_ = " . literal($table, $_, $set->{$_})} sort keys %$set);
}

# A column's values for some rows.
sub by_id
{
	my ($table, $column, $id, $value, @ids) = @_;
	return "CASE $id " . join(' ', map { "WHEN $_ THEN " . literal($table, $column, $value->{$_}) } @ids) . "::$table->{type}{$column} END";
}

# The columns that a slot's rows are found by, and its condition, as in ON CONFLICT.
sub arbiter
{
	my ($table, $slot, $view) = @_;
	return "ON CONSTRAINT $slot->{key_name}" if !$slot->{condition} && !$view && chance(50);
	return '(' . list(reverse(@{ $slot->{fk} }), @{ $slot->{keys} }) . ')'
	  . ($slot->{condition} ? " WHERE $slot->{condition}{sql}" : '');
}

# The key of an ON CONFLICT clause for rows that are there, or whose ids are free.
sub random_clause
{
	my ($table, $fresh) = @_;
	my @slot = map { $_->{name} } grep { !$_->{deferrable} && !$_->{within} } @{ $table->{slots} };
	my @any = @slot == @{ $table->{slots} } ? ('any') : ();
	return pick(@slot ? (pick(@slot), pick(@slot)) : (), @any, $fresh ? 'id' : ('id') x 6, 'code');
}

# ON CONFLICT, and what the model is to know of it.
sub conflict_clause
{
	my ($op, $table, $view, $clause) = @_;
	my @slots = grep { !$_->{deferrable} } @{ $table->{slots} };
	$op->{clause} = $clause;
	my @columns = map { $_->{name} } some(pick(1, 1, 2), @{ $table->{assignable} });
	push @columns, 'v' if chance(30);
	$op->{action} = $op->{clause} eq 'any' ? 'nothing' : pick('nothing', 'v', (join ',', @columns) x 3);
	# the tenant stays with the row
	$op->{action} = 'nothing' if $table->{partitioned} && $op->{clause} eq 'code' && $op->{action} ne 'v';
	my ($slot) = grep { $_->{name} eq $op->{clause} } @slots;
	my $on = $op->{clause} eq 'any' ? '' : $slot ? arbiter($table, $slot, $view)
	  : '(' . list(@{ $table->{ $op->{clause} eq 'id' ? 'pk' : 'code' } }) . ')';
	return " ON CONFLICT $on " . ($op->{action} eq 'nothing' ? 'DO NOTHING'
		: 'DO UPDATE SET ' . list(map {"$_ = excluded.$_"} split /,/, $op->{action}));
}

sub random_insert
{
	my ($op, $table, $target, $s, $held) = @_;
	my @rows;
	my $upsert = $op->{kind} eq 'upsert';
	my @free = some($IDS, grep { !$s->{$_} } 1 .. $IDS);
	my $fresh = chance($upsert ? 50 : 75);
	for (1 .. pick(1, 1, 1, 2, 3, 4))
	{
		push @rows, random_row($table, $fresh ? shift @free : $upsert && @$held && chance(60) ? pick(@$held) : undef);
	}
	share_slot($table, @rows);
	my $clause = $upsert ? random_clause($table, $fresh) : '';
	if (chance($clause eq 'code' ? 75 : 25))
	{
		my $row = pick(@rows);
		my @codes = grep { defined } map { $_->{code} } grep { !$table->{partitioned} || $_->{t} == $row->{t} } map { $s->{$_} } sort { $a <=> $b } keys %$s;
		$row->{code} = pick(@codes) if @codes;
	}
	my $columns = list(@{ $table->{columns} });
	$op->{parts} = [ map { { kind => 'insert', id => $_->{id}, row => $_ } } @rows ];
	if ($op->{kind} eq 'insert' && $op->{form} eq 'plain' && chance(20))
	{
		$op->{kind} = 'copy';
		$op->{copy} = [ map { my $r = $_; join("\t", map { $r->{$_} // '\N' } @{ $table->{columns} }) . "\n" } @rows ];
		$op->{sql} = "COPY $table->{name} ($columns) FROM STDIN";
		return;
	}
	my $on_conflict = $upsert ? conflict_clause($op, $table, $target ne $table->{name}, $clause) : '';
	my $values = values_list($table, @rows);
	$op->{sql} = "INSERT INTO $target ($columns) " . pick("VALUES $values", "SELECT * FROM (VALUES $values) w") . $on_conflict;
	$op->{returning} = 1 if chance(30);
	$op->{exact} = 1 if chance(10);
}

# UPDATE of one row.
sub random_update1
{
	my ($op, $table, $target) = @_;
	my $id = random_id();
	my %set;
	if (chance(85)) { $set{ $_->{name} } = random_value($_) for some(pick(1, 1, 2, 3), @{ $table->{assignable} }); }
	$set{v} = int rand 100 if chance(50) || !%set;
	$set{t} = pick(1, 2) if $table->{tenant} && !$table->{partitioned} && chance(30);
	$set{code} = 2 * (1 + int rand 6) + ($table->{partitioned} ? 1 + $id % 2 : pick(0, 1)) if chance(15);
	$op->{parts} = [ { kind => 'update', id => $id, set => \%set } ];
	$op->{sql} = "UPDATE $target SET " . assignments($table, \%set) . " WHERE id = $id";
	$op->{returning} = 1 if chance(30);
	# one row: what is shown is final
	$op->{exact} = 1 if chance(20);
}

# The new values of one column for some rows: permuted, shifted, all the same.
sub random_values
{
	my ($column, $s, @ids) = @_;
	my %now = map { $_ => $s->{$_} ? $s->{$_}{ $column->{name} } : random_value($column) } @ids;
	my $how = pick('permute', 'permute', 'random', 'same', 'shift', 'touch', 'one');
	my @rotated = @now{ @ids[ 1 .. $#ids ], $ids[0] };
	my $same = random_value($column);
	my $one = pick(@ids);
	return map {
		$_ => $how eq 'permute' ? shift @rotated : $how eq 'same' ? $same
		  : $how eq 'shift' ? next_value($column, $now{$_}) : $how eq 'touch' ? $now{$_}
		  : $how eq 'one' && $column->{kind} eq 'f' ? ($_ == $one ? 1 : 0) : random_value($column)
	} @ids;
}

# UPDATE of several rows: by CASE, in the table's order, or joined to VALUES.
sub random_update
{
	my ($op, $table, $target, $s, $held) = @_;
	my $n = $op->{kind} eq 'from' ? pick(2, 2, 3) : pick(2, 2, 3, 4);
	my @ids = sort { $a <=> $b } @$held > 1 && chance(70) ? some($n, @$held) : distinct_ids($n);
	my @columns = some(pick(1, 1, 2, 3), @{ $table->{assignable} });
	my %value = map { $_->{name} => { random_values($_, $s, @ids) } } @columns;
	my @names = map { $_->{name} } @columns;
	my $add = int rand 3;
	$op->{parts} = [ map {
		my $id = $_;
		{ kind => 'update', id => $id, set => { map { $_ => $value{$_}{$id} } @names }, ($add ? (add => $add) : ()) }
	} @ids ];
	my $v = $add ? ", v = c.v + $add" : '';
	if ($op->{kind} eq 'from')
	{
		$op->{any_order} = 1;
		my $values = list(map {
			my $id = $_;
			'(' . list($id, map { literal($table, $_, $value{$_}{$id}) . "::$table->{type}{$_}" } @names) . ')'
		} @ids);
		$op->{sql} = "UPDATE $target c SET " . list(map {"$_ = w.$_"} @names) . "$v FROM (VALUES $values) w ("
		  . list('id', @names) . ') WHERE c.id = w.id';
	}
	else
	{
		$op->{physical} = 1;
		my @set = map { "$_ = " . by_id($table, $_, 'c.id', $value{$_}, @ids) } @names;
		$op->{sql} = "UPDATE $target c SET " . list(@set) . "$v WHERE c.id IN (" . list(@ids) . ')';
	}
	$op->{alias} = 'c.';
	$op->{returning} = 1 if chance(20);
	$op->{exact} = 1 if chance(10);
}

sub random_merge
{
	my ($op, $table) = @_;
	my @rows = map { { %{ random_row($table, $_) }, code => undef } } distinct_ids(pick(2, 3));
	share_slot($table, @rows);
	my $delete = chance(33);
	my @set = map { $_->{name} } some(pick(1, 2, 4), @{ $table->{assignable} });
	my @columns = @{ $table->{columns} };
	$op->{parts} = [ map { { kind => 'either', id => $_->{id}, row => $_, delete => $delete && $_->{v} < 50, columns => [ @set, 'v' ] } } @rows ];
	$op->{any_order} = 1;
	$op->{form} = 'plain' if $op->{form} eq 'view';
	$op->{sql} = "MERGE INTO $table->{name} c USING (VALUES " . values_list($table, @rows) . ') w (' . list(@columns) . ') ON c.id = w.id'
	  . ($table->{partitioned} ? ' AND c.t = w.t' : '')
	  . ($delete ? ' WHEN MATCHED AND w.v < 50 THEN DELETE' : '')
	  . ' WHEN MATCHED THEN UPDATE SET ' . list(map {"$_ = w.$_"} @set, 'v')
	  . ' WHEN NOT MATCHED THEN INSERT (' . list(@columns) . ') VALUES (' . list(map {"w.$_"} @columns) . ')';
}

# One data-modifying node of a statement: its parts and its SQL.
sub random_node
{
	my ($table, $target, $node, $kind, @ids) = @_;
	if ($kind eq 'delete')
	{
		return ([ map { { kind => 'delete', id => $_, node => $node } } @ids ], "DELETE FROM $target WHERE id IN (" . list(@ids) . ')');
	}
	if ($kind eq 'update' && @ids > 1)
	{
		my $column = pick(@{ $table->{assignable} });
		my %value = map { $_ => random_value($column) } @ids;
		return ([ map { { kind => 'update', id => $_, set => { $column->{name} => $value{$_} }, node => $node } } @ids ],
			"UPDATE $target SET $column->{name} = " . by_id($table, $column->{name}, 'id', \%value, @ids) . ' WHERE id IN (' . list(@ids) . ')');
	}
	if ($kind eq 'update')
	{
		my %set = map { $_->{name} => random_value($_) } some(pick(1, 1, 2), @{ $table->{assignable} });
		return ([ { kind => 'update', id => $ids[0], set => \%set, node => $node } ],
			"UPDATE $target SET " . assignments($table, \%set) . " WHERE id = $ids[0]");
	}
	my @rows = map { { %{ random_row($table, $_) }, code => undef } } @ids;
	return ([ map { { kind => 'insert', id => $_->{id}, row => $_, node => $node } } @rows ],
		"INSERT INTO $target (" . list(@{ $table->{columns} }) . ') VALUES ' . values_list($table, @rows));
}

# A statement of several nodes; its rows may be written in any order.
sub random_cte
{
	my ($op, $table, $target, $s) = @_;
	my @ids = distinct_ids(pick(2, 3, 3));
	my @free = some($IDS, grep { !$s->{$_} } 1 .. $IDS);
	my @kinds = map { pick('insert', 'insert', 'update', 'update', 'delete') } 1 .. 2 + (@ids == 3 && chance(50));
	$op->{form} = 'plain' if $op->{form} eq 'sqlfunc';
	my (@parts, @nodes);
	for my $node (0 .. $#kinds)
	{
		my @mine = $node == $#kinds && ($kinds[$node] ne 'update' || chance(50)) ? splice(@ids) : shift @ids;
		# most rows that are inserted are new
		if ($kinds[$node] eq 'insert' && chance(70))
		{
			my %other = map { $_ => 1 } @ids, @mine, map { $_->{id} } @parts;
			@free = grep { !$other{$_} } @free;
			$_ = shift @free // $_ for @mine;
		}
		my ($parts, $sql) = random_node($table, $target, $node, $kinds[$node], @mine);
		push @parts, @$parts;
		push @nodes, $sql;
	}
	$op->{parts} = \@parts;
	$op->{any_order} = 1;
	$op->{mixed} = 1 if grep { $_ eq 'insert' } @kinds;
	if ($kinds[0] ne 'delete' && chance(30))
	{
		# what one node shows must be so when all have written
		my @shown = map { $_->{name} } some(2, @{ $table->{assignable} });
		$op->{shows} = [ { v => 1, map { $_ => 1 } @shown } ];
		$op->{exact} = \@shown;
		$op->{form} = 'plain' unless $op->{form} eq 'view';
		my $last = $#nodes;
		$nodes[0] .= ' RETURNING ' . list('id', 'v', @shown);
		$op->{sql} = 'WITH ' . list(map {"n$_ AS ($nodes[$_])"} 0 .. $last) . ' SELECT * FROM n0';
		return;
	}
	my $main = pop @nodes;
	$op->{sql} = 'WITH ' . list(map {"n$_ AS ($nodes[$_])"} 0 .. $#nodes) . " $main";
}

sub random_op
{
	my ($table, $state) = @_;
	my $s = $state->{rows};
	my $kind = pick(('insert') x 8, ('upsert') x 7, ('update1') x 7, ('update') x 8, ('from') x 3,
		('merge') x 3, ('cte') x 4, ('delete') x 3, 'touch', ('begin') x 3, ('commit') x 3, 'rollback',
		('savepoint') x 2, 'rollback_to', 'release', 'constraints', ('reconnect') x (chance(20) ? 1 : 0));
	return Random::Actions::random_op($table, $state) if $table->{actions} && chance(20);
	my $op = { kind => $kind, form => pick(('plain') x 6, 'view', 'do', 'run', 'prepare', chance(20) ? 'sqlfunc' : 'plain'),
		off => chance(4) ? 1 : 0, guard => chance(60) ? 1 : 0 };
	my $target = $op->{form} eq 'view' ? "$table->{name}_view" : $table->{name};
	my @held = grep { my $r = $s->{$_}; grep { defined $r->{ $_->{column} } } @{ $table->{slots} } } sort { $a <=> $b } keys %$s;

	if ($kind eq 'insert' || $kind eq 'upsert') { random_insert($op, $table, $target, $s, \@held); }
	elsif ($kind eq 'update1') { random_update1($op, $table, $target); }
	elsif ($kind eq 'update' || $kind eq 'from') { random_update($op, $table, $target, $s, \@held); }
	elsif ($kind eq 'merge') { random_merge($op, $table); }
	elsif ($kind eq 'cte') { random_cte($op, $table, $target, $s); }
	elsif ($kind eq 'delete')
	{
		my $id = random_id();
		$op->{parts} = [ { kind => 'delete', id => $id } ];
		$op->{sql} = "DELETE FROM $target WHERE id = $id";
	}
	elsif ($kind eq 'touch')
	{
		$op->{touch} = 1;
		my @columns = map { $_->{name} } @{ $table->{assignable} };
		$op->{sql} = "UPDATE $target SET " . list(map({"$_ = $_"} @columns), 'v = v + 1');
	}
	else { $op->{control} = 1; }
	return $op if $op->{control} || $op->{kind} eq 'copy' || ref $op->{exact};

	if ($op->{exact})
	{
		my @shown = map { $_->{name} } some(pick(1, 2, 9), @{ $table->{assignable} });
		$op->{exact} = \@shown;
		# one row's own columns are final
		$op->{shows} = [ { v => 1, map { $_ => 1 } @shown } ];
	}
	elsif ($op->{returning}) { $op->{shows} = [ { v => 1 } ]; }
	if ($op->{returning} || $op->{exact})
	{
		$op->{form} = 'plain' if $op->{form} ne 'view' && $op->{form} ne 'prepare';
		$op->{sql} .= ' RETURNING ' . list(map { ($op->{alias} // '') . $_ } 'id', 'v', $op->{exact} ? @{ $op->{exact} } : ());
	}
	return $op;
}

# The op as the model sees it from state $s.
sub resolve
{
	my ($table, $op, $state) = @_;
	return Random::Actions::resolve($table, $op, $state) if $op->{actions};
	my $s = $state->{rows};
	my %r = %$op;
	if ($op->{touch})
	{
		$r{parts} = [ map { { kind => 'update', id => $_, set => { v => $s->{$_}{v} + 1 } } } sort { $a <=> $b } keys %$s ];
		return \%r;
	}
	my @parts;
	for my $part (@{ $op->{parts} })
	{
		my $p = {%$part};
		my $there = $s->{ $p->{id} };
		if ($p->{kind} eq 'either')
		{
			if (!$there) { $p->{kind} = 'insert'; $r{mixed} = 1; }
			elsif ($p->{delete}) { $p->{kind} = 'delete'; $r{mixed} = 1; }
			else { $p->{kind} = 'update'; $p->{set} = { map { $_ => $p->{row}{$_} } @{ $p->{columns} } }; }
		}
		if ($p->{add} && $there) { $p->{set} = { %{ $p->{set} }, v => $there->{v} + $p->{add} }; }
		push @parts, $p;
	}
	$r{parts} = \@parts;
	return \%r;
}

1;
