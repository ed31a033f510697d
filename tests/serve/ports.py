"""Ports of the loopback for servers under test.

They lie below those that the kernel gives to outgoing connections, and a
name in the abstract namespace, held until this process ends, keeps two test
programmes from choosing the same: between the choice and the server's bind
nobody else can take one.
"""

import random
import socket

FIRST, LAST = 20000, 32000  # net.ipv4.ip_local_port_range begins at 32768
_held = []


def _hold(port):
    """Whether the port is ours from now on."""
    name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        name.bind("\0mohur-test-port-%d" % port)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:
        name.close()
        return False
    _held.append(name)
    return True


def free_port():
    """One whose neighbour is free as well: metrics stand there."""
    chosen = random.SystemRandom()
    while True:
        port = chosen.randrange(FIRST, LAST, 2)
        if _hold(port) and _hold(port + 1):
            return port
