"""A port of the loopback for an instance under test."""

import socket


def free_port():
    """One whose neighbour is free as well: metrics stand there."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue
