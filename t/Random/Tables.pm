# The tables of t/random.pl.
#
# A table is written as the slots that it has, and what else is special about
# it: "nullify+!delete~/tenant/partitioned".  Slots are called a, b, c, d; each
# has a foreign key of its own.  A slot is
#
#	nullify, delete, orphan, restrict	what on_replace, or delete-orphan, does
#	set					on_replace is an assignment that empties the slot
#	@flag, @live		only rows with a flag, or not yet closed, take the slot
#	@key				the children of a parent are told apart by a key
#	policy=a			on the foreign key of slot a
#	!policy				the foreign key is NOT NULL
#	policy~				the constraint is DEFERRABLE
#	policy^				its rows don't share their parents (single_parent), which go with them
#						or when they let go; where it is the only slot
#	policy>null, >default, >cascade		the foreign key's ON DELETE; >cascades is the
#						relationship's own cascade; ON UPDATE is CASCADE,
#						or SET DEFAULT with >default
#
# and the table is
#
#	tenant		all foreign keys share a column t, which is NOT NULL
#	partitioned	by t, which all keys have then
#	attached	and the partitions have dropped columns and another order
#	dropped		has dropped columns between the others
#	guarded		has a trigger that drops updates which leave v as it is
#	stamped		has a trigger that sets a column which the model does not know
#	others_cascade, others_null, others_check	is referred to by another table,
#				by the key of its first slot, with that action
package Random::Tables;

use strict;
use warnings;

our $PARENTS = 5;

my %condition = (
	flag => { column => 'f', type => 'bool', sql => '%s', test => sub { return $_[0] } },
	live => { column => 'g', type => 'int', sql => '%s IS NULL', test => sub { return !defined $_[0] } },
);

# One slot of a table.
sub slot
{
	my ($text, $letter, $table) = @_;
	$text =~ /^(!?)(nullify|delete|orphan|restrict|set)((?:@\w+)*)(?:=(\w))?(~?)(\^?)(?:>(\w+))?$/ or die "no such slot: $text";
	my ($required, $policy, $kinds, $column, $deferrable, $owns, $action) = ($1, $2, $3, $4 // $letter, $5, $6, $7);
	my %kind = map { $_ => 1 } $kinds =~ /@(\w+)/g;
	my $tenant = $table->{tenant};
	my $slot = {
		name => $letter, policy => $policy, required => $required ne '', deferrable => $deferrable ne '', owns => $owns ne '',
		parent => ($tenant ? 't' : '') . ($column =~ /[ac]/ ? 'p' : 'q'), column => $column,
		fk => [ ($tenant ? 't' : ()), $column ], keys => [ $kind{key} ? "k$letter" : () ],
		key_name => "$table->{name}_$letter",
	};
	if ($table->{actions})
	{
		$slot->{parent} = "$table->{name}_p$letter";
		# delete-orphan comes with delete
		$slot->{on_delete} = $policy eq 'orphan' ? 'cascades' : $action // 'check';
		$slot->{on_update} = ($action // '') eq 'default' && !$tenant ? 'default' : 'cascade';
	}
	my ($condition) = grep { $kind{$_} } sort keys %condition;
	if ($condition)
	{
		my $tested = $condition{$condition}{column} . $letter;
		$slot->{condition} = { column => $tested, type => $condition{$condition}{type},
			sql => sprintf($condition{$condition}{sql}, $tested), test => $condition{$condition}{test} };
	}
	# how a row leaves the slot: as SQL, as a change of the row, and which columns change
	my $leave = { $column => undef };
	if ($policy eq 'set' && $condition)
	{
		my $tested = $slot->{condition}{column};
		($slot->{set}, $leave) = $condition eq 'flag' ? ("$tested = false", { $tested => 0 })
		  : ("$tested = v", { $tested => sub { return $_[0]{v} } });
	}
	elsif ($policy eq 'set' && $kind{key}) { ($slot->{set}, $leave) = ("k$letter = NULL", { "k$letter" => undef }); }
	elsif ($policy eq 'set')
	{
		($slot->{set}, $leave) = ("$column = NULL, v = v + 1", { $column => undef, v => sub { return $_[0]{v} + 1 } });
	}
	$slot->{leave} = $leave;
	# whoever is replaced is deleted at once where the key can't be NULL
	$slot->{at_once} = $slot->{required} && $policy =~ /delete|orphan/;
	$slot->{plain} = $kinds eq '' && $policy ne 'set';
	# core's own unique check, or one that looks when all rows are written
	$slot->{checked_at_end} = $slot->{deferrable} || ($policy eq 'restrict' && $kinds ne '');
	$slot->{parks} = $policy eq 'restrict' && $kind{key};
	return $slot;
}

# A short name: the slots' initials, x where NULL is not allowed, q where the
# constraint is deferrable.
sub table_name
{
	my ($slots, @flags) = @_;
	my %number = (null => 0, cascade => 1, cascades => 2, check => 3, default => 5);
	my @initials = map { s/!/x/r =~ s/~/q/r =~ s/\^/w/r =~ s/@(\w)\w*/$1/gr =~ s/>(\w+)/$number{$1}/r =~ s/=/z/r =~ s/(nullify|delete|orphan|restrict|set)/substr $1, 0, 1/er } split /\+/, $slots;
	return join '_', 'c', @initials, join '', map { /others_(\w+)/ ? "o$number{$1}" : substr $_, 0, 1 } @flags;
}

# A table from its text.
sub parse
{
	my ($text) = @_;
	my ($slots, @flags) = split m{/}, $text;
	my %flag = map { $_ => 1 } @flags;
	my $table = { text => $text, name => table_name($slots, @flags), %flag,
		actions => scalar($text =~ />|others|\^/), others => $text =~ /others_(\w+)/ ? $1 : undef };
	my @letters = qw(a b c d);
	$table->{slots} = [ map { slot($_, shift @letters, $table) } split /\+/, $slots ];
	# the clause that names a slot's columns asks another one, too, which has all rows with them
	for my $slot (grep { $_->{condition} } @{ $table->{slots} })
	{
		$slot->{within} = grep { !$_->{condition} && "@{ $_->{fk} } @{ $_->{keys} }" eq "@{ $slot->{fk} } @{ $slot->{keys} }" } @{ $table->{slots} };
	}
	# who takes the one takes the other from somebody, too
	$table->{nested} = grep { $_->{column} ne $_->{name} && !$_->{condition} && !@{ $_->{keys} } } @{ $table->{slots} };
	my @columns = ([ 'id', 'int NOT NULL' ]);
	push @columns, [ 't', 'int NOT NULL' ] if $table->{tenant};
	for my $slot (@{ $table->{slots} })
	{
		push @columns, [ $slot->{name}, 'int' . ($slot->{required} ? ' NOT NULL' : '') . (($slot->{on_delete} // '') eq 'default' ? ' DEFAULT 5' : ''), 'fk' ]
		  if $slot->{column} eq $slot->{name};
		push @columns, [ $_, 'int', 'key' ] for @{ $slot->{keys} };
		push @columns, [ $slot->{condition}{column}, $slot->{condition}{type}, substr $slot->{condition}{column}, 0, 1 ]
		  if $slot->{condition};
	}
	$table->{assignable} = [ map { { name => $_->[0], kind => $_->[2], required => scalar $_->[1] =~ m{NOT NULL} } } grep { $_->[2] } @columns ];
	push @columns, [ 'code', 'int' ], [ 'v', 'int NOT NULL DEFAULT 0' ];
	$table->{definitions} = \@columns;
	$table->{columns} = [ map { $_->[0] } @columns ];
	$table->{type} = { map { $_->[0] => $_->[1] =~ s/ .*//r } @columns };
	$table->{pk} = $table->{partitioned} ? [ 't', 'id' ] : ['id'];
	$table->{code} = $table->{partitioned} ? [ 't', 'code' ] : ['code'];
	$table->{shares} = grep { $_->{column} ne $_->{name} } @{ $table->{slots} };
	$table->{some_delete} = grep { $_->{at_once} } @{ $table->{slots} };
	return $table;
}

# What all tables refer to, functions that run a statement, and drop or stamp a row.
sub common_sql
{
	return join '', (map {"CREATE TABLE $_ (id int PRIMARY KEY);
		INSERT INTO $_ SELECT generate_series(1, $PARENTS);
		CREATE TABLE t$_ (t int, id int, PRIMARY KEY (t, id));
		INSERT INTO t$_ SELECT t, id FROM generate_series(1, 2) t, generate_series(1, $PARENTS) id;\n"} 'p', 'q'),
	  "CREATE FUNCTION run(text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE \$1; END';
		CREATE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
		CREATE FUNCTION stamp_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.stamp := coalesce(NEW.stamp, 0) + 1; RETURN NEW; END';\n";
}

sub list { return join ', ', @_; }

# A foreign key's actions.
sub actions_sql
{
	my ($slot) = @_;
	return '' unless $slot->{on_delete};
	my $columns = @{ $slot->{fk} } > 1 ? " ($slot->{name})" : '';
	my %sql = (null => "SET NULL$columns", default => "SET DEFAULT$columns", cascade => 'CASCADE');
	return ($sql{ $slot->{on_delete} } ? " ON DELETE $sql{ $slot->{on_delete} }" : '')
	  . ' ON UPDATE ' . ($slot->{on_update} eq 'default' ? 'SET DEFAULT' : 'CASCADE');
}

# Parents that statements change, and what refers to the table.
sub parents_sql
{
	my ($table) = @_;
	return () unless $table->{actions};
	return map { ("CREATE TABLE $_->{parent} (" . ($table->{tenant} ? 't int, id int, PRIMARY KEY (t, id)' : 'id int PRIMARY KEY') . ')', refill_sql($table, $_)) } @{ $table->{slots} };
}

# The keys that a slot's parents have at first.  The first slot's parents share no
# id, so that a tenant's can be moved to the next one; the others' wait for them.
sub parent_keys
{
	my ($table, $slot) = @_;
	return 1 .. $PARENTS unless $table->{tenant};
	return map { 1 + $_ % 2 . "/$_" } 1 .. $PARENTS if $slot->{name} eq 'a';
	return map { my $t = $_; map {"$t/$_"} 1 .. $PARENTS } 1 .. 4;
}

sub refill_sql
{
	my ($table, $slot) = @_;
	return "INSERT INTO $slot->{parent} VALUES " . list(map { '(' . s{/}{, }r . ')' } parent_keys($table, $slot));
}

# The statements that empty a table, and give it its parents again.
sub empty_sql
{
	my ($table) = @_;
	my @slots = $table->{actions} ? @{ $table->{slots} } : ();
	my @names = ($table->{name}, ($table->{others} ? "$table->{name}_others" : ()), map { $_->{parent} } @slots);
	return ('TRUNCATE ' . list(@names), map { refill_sql($table, $_) } @slots);
}

sub others_sql
{
	my ($table) = @_;
	return () unless $table->{others};
	my $key = list(@{ $table->{slots}[0]{fk} });
	my $action = $table->{others} eq 'cascade' ? ' ON UPDATE CASCADE ON DELETE CASCADE' : $table->{others} eq 'null' ? ' ON UPDATE SET NULL ON DELETE SET NULL' : '';
	return "CREATE TABLE $table->{name}_others (id int PRIMARY KEY, a int REFERENCES $table->{name} (a)$action)";
}

# The table's own triggers.
sub triggers_sql
{
	my ($table) = @_;
	return ("ALTER TABLE $table->{name} ADD stamp int", "CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON $table->{name} FOR EACH ROW EXECUTE FUNCTION stamp_row()")
	  if $table->{stamped};
	return () unless $table->{guarded};
	return "CREATE TRIGGER guard BEFORE UPDATE ON $table->{name} FOR EACH ROW WHEN (old.v = new.v) EXECUTE FUNCTION drop_row()";
}

# The statements that make a table and declare its relationships.
sub create_sql
{
	my ($table) = @_;
	my $name = $table->{name};
	my @columns = map {"$_->[0] $_->[1]"} @{ $table->{definitions} };
	my (@drop, @partitions, @declare);
	if ($table->{dropped})
	{
		@columns = ('junk0 text', map { ($columns[$_], "junk$_ text") } 1 .. $#columns);
		@columns = ('id int NOT NULL', @columns);
		@drop = map {"ALTER TABLE $name DROP COLUMN $_"} map {/^(junk\w+)/} @columns;
	}
	if ($table->{attached})
	{
		for my $t (1, 2)
		{
			my @other = map {"$_->[0] $_->[1]"} $t == 1 ? reverse @{ $table->{definitions} } : @{ $table->{definitions} };
			push @partitions, "CREATE TABLE $name$t (" . list('gone int', $other[0], 'gone2 text', @other[ 1 .. $#other ]) . ')',
			  "ALTER TABLE $name$t DROP gone, DROP gone2",
			  "ALTER TABLE $name ATTACH PARTITION $name$t FOR VALUES IN ($t)";
		}
	}
	elsif ($table->{partitioned})
	{
		push @partitions, "CREATE TABLE $name$_ PARTITION OF $name FOR VALUES IN ($_)" for 1, 2;
	}
	my (@keys, @indexes);
	for my $slot (@{ $table->{slots} })
	{
		my $columns = list(@{ $slot->{fk} }, @{ $slot->{keys} });
		if ($slot->{condition}) { push @indexes, "CREATE UNIQUE INDEX $slot->{key_name} ON $name ($columns) WHERE $slot->{condition}{sql}"; }
		else { push @keys, "CONSTRAINT $slot->{key_name} UNIQUE ($columns)" . ($slot->{deferrable} ? ' DEFERRABLE' : ''); }
		push @declare, declare_sql($table, $slot), owner_sql($table, $slot);
		next if $slot->{column} ne $slot->{name};
		push @keys, 'FOREIGN KEY (' . list(@{ $slot->{fk} }) . ") REFERENCES $slot->{parent}" . actions_sql($slot);
	}
	my @create = ("CREATE TABLE $name (" . list(@columns, 'PRIMARY KEY (' . list(@{ $table->{pk} }) . ')', "CONSTRAINT ${name}_code UNIQUE (" . list(@{ $table->{code} }) . ')', @keys) . ')'
		  . ($table->{partitioned} ? ' PARTITION BY LIST (t)' : ''));
	# partitions that come later get the triggers of what was declared before
	@partitions = () if !$table->{partitioned};
	my @rest = $table->{attached} ? (@declare, @partitions) : (@partitions, @declare);
	return join '', map {"$_;\n"} parents_sql($table), @create, @drop, @indexes, @rest, others_sql($table), triggers_sql($table), "CREATE VIEW ${name}_view AS SELECT * FROM $name";
}

# The only place that knows how a slot is declared.
sub declare_sql
{
	my ($table, $slot) = @_;
	my %with = (uselist => @{ $slot->{keys} } ? 'true' : 'false', accessor => 'false',
		foreign_keys => "'{" . join(',', @{ $slot->{fk} }) . "}'");
	$with{on_replace} = "'$slot->{policy}'" unless $slot->{policy} eq 'orphan';
	$with{on_replace} = "'set " . ($slot->{set} =~ s/'/''/gr) . "'" if $slot->{set};
	$with{cascade} = "'all, delete-orphan'" if $slot->{policy} eq 'orphan';
	$with{cascade} = "'all'" if ($slot->{on_delete} // '') eq 'cascades' && $slot->{policy} ne 'orphan';
	$with{on_replace} = "'delete'" if $slot->{policy} eq 'orphan' && @{ $slot->{keys} };
	$with{condition} = "'$slot->{condition}{sql}'" if $slot->{condition};
	$with{keyed_by} = "'{" . join(',', @{ $slot->{keys} }) . "}'" if @{ $slot->{keys} };
	return "SELECT relmap.relationship('$slot->{parent}', '$slot->{key_name}', '$table->{name}', "
	  . list(map {"$_ => $with{$_}"} sort keys %with) . ')';
}

# The many-to-one of a slot whose rows own their parents.
sub owner_sql
{
	my ($table, $slot) = @_;
	return () unless $slot->{owns};
	return "SELECT relmap.relationship('$table->{name}', 'own_$slot->{name}', '$slot->{parent}', foreign_keys => '{"
	  . join(',', @{ $slot->{fk} }) . "}', single_parent => true, cascade => 'all, delete-orphan', accessor => false)";
}

# What a server can: the plain slots are always there.
sub can
{
	my ($text, $arguments) = @_;
	return 0 if $text =~ /\@(flag|live)|set/ && !$arguments->{condition};
	return 0 if $text =~ /\@key/ && !$arguments->{keyed_by};
	return 1;
}

# Tables with one slot.
our @single = qw(nullify orphan !delete !orphan nullify~ orphan~ nullify/tenant nullify/tenant/partitioned nullify/guarded);

# Tables with several: all pairs of policies, and others.
my @policies = qw(nullify delete orphan restrict !delete);
our @several = (
	(map { my $a = $_; map {"$a+$_"} @policies } @policies),
	qw(nullify+nullify+nullify nullify+orphan+!delete+restrict delete+restrict+nullify+orphan
	nullify+nullify/tenant nullify+orphan/tenant delete+restrict/tenant/dropped nullify+nullify+delete/tenant
	nullify+nullify/tenant/partitioned orphan+delete/tenant/partitioned nullify+restrict/tenant/partitioned/attached
	nullify+orphan+delete/tenant/partitioned/attached nullify+nullify/dropped
	nullify~+nullify nullify~+orphan~ restrict~+nullify delete+restrict~/tenant !delete~+nullify nullify~+restrict~/tenant/partitioned
	!orphan+nullify !restrict+delete nullify+nullify/guarded orphan+!delete+nullify/guarded nullify+delete/stamped orphan+!delete/stamped));

# Tables whose parents are deleted and updated, or that others refer to.
our @actions = (
	(map { my $policy = $_; map {"$policy>$_"} qw(null default cascade cascades) } qw(nullify restrict)),
	qw(orphan>null delete>null !delete>default !delete>cascade nullify>null+nullify>default orphan>null+nullify>null nullify>default+!delete>cascade
	nullify>null+nullify>null/tenant nullify>cascade+orphan>null/tenant restrict>null+nullify>default/tenant !delete>cascade+nullify>null/tenant
	nullify>default+nullify>default+nullify>cascade/tenant/dropped
	nullify/others_cascade nullify/others_null nullify/others_check !delete/others_cascade !delete/others_null !delete/others_check
	nullify>null/others_cascade nullify+nullify/others_cascade restrict/others_cascade nullify+!delete/others_null
	nullify^ orphan^ delete^>null restrict^ !delete^ nullify^>cascade nullify^>cascades nullify^/tenant nullify^/tenant/dropped
	set@flag>null set@key>cascade delete@flag>default restrict@key>null orphan@key>null nullify@live>cascade set>cascade+nullify@live>null
	nullify>null+nullify>cascade/tenant/partitioned));

# Tables whose slots have a condition, or a key, or assign.
our @which = qw(set@flag set@live nullify@flag delete@flag restrict@flag !set@flag set
	set@key nullify@key restrict@key delete@key orphan@key !restrict@key set@flag@key
	nullify+set@flag set@flag+set@flag orphan+set@live set+delete@flag set@key+nullify restrict@key+set@flag
	set@flag/tenant set@key/tenant set@flag+nullify/tenant/partitioned set@key+nullify/tenant/partitioned/attached
	set@live+set@key+orphan+nullify/dropped restrict@key+set@flag=a set@flag+set@flag=a set@flag+nullify@live=a
	set@key+set@flag=a+nullify delete@key+set@live=a !restrict@key+set@flag=a set@flag+nullify@key=a/tenant nullify@flag+restrict@key=a+orphan
	!delete@key !delete@key+restrict !delete@key+set@live=a orphan@key+set@live=a delete@flag+set@key=a nullify@flag+set@live=a nullify@flag+nullify@live=a !set@flag+restrict@live=a
	delete@flag+set=a set@key+nullify=a set+set@flag/guarded set@key+set@flag=a/stamped delete@flag+set@key=a/stamped set+nullify@live/stamped);

1;
