# Behind a transaction pooler a session's first statement comes at any time, from
# any client.  The cases of sql/replace_first_statement.sql are run through
# pgbouncer, each in a server session of its own, and show what they show without
# it; then clients share few sessions, which are replaced all the time.

use strict;
use warnings;
use IPC::Run qw(start);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin';
plan skip_all => 'pgbouncer is not here; script/test --clients installs it' unless $pgbouncer;

my $node = PostgreSQL::Test::Cluster->new('pooler');
$node->init;
$node->start;

my $folder = PostgreSQL::Test::Utils::tempdir;
my $port = PostgreSQL::Test::Cluster::get_free_port();
my $user = $node->safe_psql('postgres', 'SELECT current_user');
append_to_file("$folder/users", qq{"$user" ""\n});
append_to_file("$folder/ini", join "\n",
	'[databases]', '* = host=' . $node->host . ' port=' . $node->port . " user=$user",
	'[pgbouncer]', "listen_port = $port", 'unix_socket_dir = ' . $node->host, "logfile = $folder/log",
	"pidfile = $folder/pid", 'auth_type = trust', "auth_file = $folder/users", "admin_users = $user",
	'pool_mode = transaction', 'default_pool_size = 2',
	'server_login_retry = 0', 'ignore_startup_parameters = extra_float_digits', '');
my $daemon = start([ $pgbouncer, '-q', "$folder/ini" ], '>&', "$folder/output");

# A connection string through the pooler.
sub pooled
{
	my ($database) = @_;

	return 'host=' . $node->host . " port=$port dbname=$database user=$user";
}

# New server sessions from now on.
my @reconnect = ('psql', '-X', '-q', '-d', pooled('pgbouncer'), '-c', 'RECONNECT');

# How many there have been.
sub sessions
{
	my @new = slurp_file("$folder/log") =~ /new connection to server/g;

	return scalar @new;
}

foreach (1 .. 100)
{
	last if -S $node->host . "/.s.PGSQL.$port";
	select undef, undef, undef, 0.1;
}

# What the file of a test shows on a database.  Before each \c, $command is run.
sub shown
{
	my ($connection, $script) = @_;

	local $ENV{PG_ABS_SRCDIR} = '.';
	my ($out, $err);
	IPC::Run::run([ 'psql', '-X', '-a', '-q', '-d', $connection ], '<', \$script, '>', \$out, '2>', \$err);
	return "$out\n$err";
}

my $script = slurp_file('sql/replace_first_statement.sql');
my $reconnecting = $script =~ s/^\\c -$/\\! @{[ map { "'$_' " } @reconnect ]}\n\\c -/gmr;
my $connections = () = $script =~ /^\\c -$/gm;
$node->safe_psql('postgres', "CREATE DATABASE $_") foreach qw(direct pooled);
$node->safe_psql($_, 'CREATE EXTENSION relmap') foreach qw(direct pooled);
my $direct = shown($node->connstr('direct') . " user=$user", $script);
my $pooled = shown(pooled('pooled'), $reconnecting) =~ s/^\\! .*\n//gmr;
is($pooled, $direct, 'each case shows the same as the first statement of a pooled session');
like($direct, qr/1:- 2:2 3:3 4:-/, 'they do show something');
cmp_ok(sessions(), '>=', $connections, 'each had a session of its own');

# Clients that give parents new children, and each swaps those of two parents of
# its own, in sessions that come and go.
IPC::Run::run(\@reconnect);
$node->safe_psql('pooled', q{
	CREATE TABLE parent (id int PRIMARY KEY);
	CREATE TABLE child (id serial PRIMARY KEY, parent_id int REFERENCES parent);
	SELECT relmap.relationship('parent', 'child', 'child', uselist => false);
	INSERT INTO parent SELECT generate_series(1, 18);
	INSERT INTO child (parent_id) SELECT generate_series(1, 18)});
append_to_file("$folder/insert", "\\set p random(1, 10)\nINSERT INTO child (parent_id) VALUES (:p);\n");
append_to_file("$folder/swap", <<'END');
\set p 11 + 2 * :client_id
UPDATE child SET parent_id = 2 * :p + 1 - parent_id WHERE parent_id IN (:p, :p + 1);
END
my $before = sessions();
my $output = '';
my $bench = start([ 'pgbench', '-n', '-c', 4, '-T', 4, '-f', "$folder/insert\@3", '-f', "$folder/swap",
	'--max-tries', 20, pooled('pooled') ], '>&', \$output);
while ($bench->pumpable)
{
	$bench->pump_nb;
	select undef, undef, undef, 0.25;
	IPC::Run::run(\@reconnect);
}
ok($bench->finish, 'clients share sessions that come and go') or diag($output);
like($output, qr/^number of failed transactions: 0 /m, 'no transaction failed') or diag($output);
cmp_ok(sessions() - $before, '>', 4, 'they had several sessions');
is($node->safe_psql('pooled', 'SELECT count(parent_id), count(DISTINCT parent_id) FROM child'), '18|18', 'each parent has one child');

$daemon->kill_kill;
$node->stop;
done_testing();
