"""What the clients in Python share: scenarios are asked for by name on stdin,
one a line, and each is answered by one line on stdout: "ok", "none" if this
ORM has no such thing, or what went wrong, the SQLSTATE first if there is one.
"""
import re
import sys
import threading
import warnings

CLIENTS = 6


def sqlstate(error):
    """The SQLSTATE of an exception, or of the one that it wraps."""
    while error is not None:
        code = getattr(error, 'pgcode', None) or getattr(getattr(error, 'orig', None), 'pgcode', None)
        if code:
            return code
        error = error.__cause__
    return None


def at_once(work):
    """Do the work in several threads at the same time; raise what one of them raised."""
    barrier = threading.Barrier(CLIENTS)
    errors = []

    def run():
        try:
            barrier.wait(30)
            work()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def serve(name, version, scenarios):
    """Say who answers, then answer until stdin ends."""
    warnings.simplefilter('error')
    print(name, version, flush=True)
    for line in sys.stdin:
        scenario = scenarios.get(line.strip())
        answer = 'ok'
        try:
            if scenario is None:
                answer = 'none'
            else:
                scenario()
        except Exception as error:
            answer = '%s %s' % (sqlstate(error) or type(error).__name__, error)
        print(re.sub(r'\s+', ' ', answer), flush=True)
