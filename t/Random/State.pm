# The states of t/random.pl.
#
# A state has { rows => { id => row } }, and a row { column => value }, with the
# marks of rows that delete-orphan is to judge at COMMIT: { orphan => { slot =>
# 1 or 2 } }, where 2 is "may"; the keys of parents that statements change,
# { parents => { slot => { key => position } } }, and of those that may have
# lost their owner, { released => { slot => { key => 1 } } }; and the keys of those that
# refer to the table, { others => { id => key } }.
package Random::State;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT_OK = qw(copy_rows copy_state distinct_states parent_key slot_key is_released show_state);

sub copy_row
{
	my ($row) = @_;
	my $copy = {%$row};
	$copy->{orphan} = { %{ $row->{orphan} } } if $row->{orphan};
	return $copy;
}

sub copy_rows { my $s = shift; return { map { $_ => copy_row($s->{$_}) } keys %$s }; }

sub copy_state
{
	my ($state) = @_;
	return { rows => copy_rows($state->{rows}), others => { %{ $state->{others} } },
		released => { map { $_ => { %{ $state->{released}{$_} } } } keys %{ $state->{released} // {} } },
		parents => { map { $_ => { %{ $state->{parents}{$_} } } } keys %{ $state->{parents} } } };
}

# The key of a row's parent; '' if it has none.
sub parent_key
{
	my ($slot, $row) = @_;
	my @values = map { $row->{$_} } @{ $slot->{fk} };
	return (grep { !defined } @values) ? '' : join '/', @values;
}

# The value of the slot that a row holds; '' if it holds none.
sub slot_key
{
	my ($slot, $row) = @_;
	my $condition = $slot->{condition};
	return '' if $condition && !$condition->{test}->($row->{ $condition->{column} });
	my @values = map { $_ eq 't' ? $row->{t} // 1 : $row->{$_} } @{ $slot->{fk} }, @{ $slot->{keys} };
	return '' if grep { !defined } @values;
	return join '/', @values;
}

# Has a row no parent, as far as this slot is concerned?
sub is_released { my ($slot, $row) = @_; return !defined $row->{ $slot->{column} }; }

# What a state has that no table shows: marks, and parents that may go.
sub show_hidden
{
	my ($state) = @_;
	my $rows = $state->{rows};
	my $released = $state->{released} // {};
	return join ' ', (map { my $id = $_; my $orphan = $rows->{$id}{orphan} // {}; map {"$id/$_/$orphan->{$_}"} sort keys %$orphan } sort keys %$rows),
	  (map { my $slot = $_; map {"$slot:$_"} sort keys %{ $released->{$slot} } } sort keys %$released);
}

# Of states that look alike those that differ in what is hidden.
sub distinct_states
{
	my %seen;
	return grep { !$seen{ show_hidden($_) }++ } @_;
}

# A state in one line.
sub show_state
{
	my ($table, $state) = @_;
	my $s = $state->{rows};
	my @columns = grep { $_ ne 'id' } @{ $table->{columns} };
	return join ' ', (map {
		my $r = $s->{$_};
		"$_(" . join(',', map { $r->{$_} // '-' } @columns) . ')'
	} sort { $a <=> $b } keys %$s),
	  (map { my $slot = $_; " $slot: " . join ' ', sort keys %{ $state->{parents}{$slot} } } sort keys %{ $state->{parents} }),
	  ($table->{others} ? ' others: ' . join ' ', map { "$_(" . ($state->{others}{$_} // '-') . ')' } sort keys %{ $state->{others} } : ());
}

1;
