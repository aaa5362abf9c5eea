<?php
// What the clients in PHP share: the protocol of serve.py.

const CLIENTS = 6;

/** The SQLSTATE of an exception, or of the one that it wraps. */
function sqlstate(?Throwable $error): ?string
{
    for (; $error !== null; $error = $error->getPrevious()) {
        if ($error instanceof PDOException && isset($error->errorInfo[0])) {
            return $error->errorInfo[0];
        }
    }
    return null;
}

/** Do the work in several processes at the same time; raise what one of them raised. */
function at_once(callable $work): void
{
    $pipes = [];
    for ($i = 0; $i < CLIENTS; $i++) {
        [$ours, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        if (pcntl_fork() === 0) {
            try {
                $work();
            } catch (Throwable $error) {
                fwrite($theirs, sqlstate($error) . ' ' . $error->getMessage());
            }
            fclose($theirs);
            // without destructors, which would end the parent's connection
            posix_kill(posix_getpid(), SIGKILL);
        }
        fclose($theirs);
        $pipes[] = $ours;
    }
    $errors = array_filter(array_map('stream_get_contents', $pipes));
    while (pcntl_wait($status) > 0) {
    }
    if ($errors) {
        throw new RuntimeException(reset($errors));
    }
}

/** Say who answers, then answer until stdin ends. */
function serve(string $name, string $version, array $scenarios): void
{
    echo "$name $version\n";
    while (($line = fgets(STDIN)) !== false) {
        $scenario = $scenarios[trim($line)] ?? null;
        $answer = $scenario ? 'ok' : 'none';
        try {
            $scenario && $scenario();
        } catch (Throwable $error) {
            $answer = trim(sqlstate($error) . ' ' . $error->getMessage());
        }
        echo preg_replace('/\s+/', ' ', $answer), "\n";
    }
}

/** The version of a Debian package, as its own files don't tell. */
function version_of(string $package): string
{
    return preg_replace('/^\d+:|[-+].*/', '', trim(shell_exec("dpkg-query -W -f '\${Version}' $package")));
}
