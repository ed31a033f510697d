#!/usr/bin/python3
"""Mobile ID for a demonstration: a PKI of today with its responders, and the
MID-REST service of mid.py whose people it certifies, both on loopback.

    demo.py FOLDER [--port N]

The PKI is made anew in FOLDER/pki.  Prints one line of JSON when both serve:
{"url", "uuid", "name", "trust", "people"}; trust: the issuer's certificate; people: telephone, user number and
FIN.  Ends with the process that started it.
"""

import argparse
import datetime as dt
import json
import os
import pathlib
import shutil
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "pki")]

import mid  # noqa: E402
import server  # noqa: E402
from pki import Pki  # noqa: E402

SECONDS = 4  # until a person has entered the PIN
PEOPLE = (("+994500000010", "123456", "5TST0A1"),
          ("+994500000040", "123456", "5TST0A2"),
          ("+994500000050", "123456", "5TST0A5"),
          ("+994500000051", "123456", "5TST0A6"))


def serve(folder, port=0):
    """Both, serving; the gateway, and what main prints."""
    where = folder / "pki"
    shutil.rmtree(where, ignore_errors=True)
    responders = server.start(
        None, lambda: dt.datetime.utcnow().replace(microsecond=0))
    url = "http://127.0.0.1:%d" % responders.server_address[1]
    responders.responders.pki = Pki.live(where, url)
    threading.Thread(target=responders.serve_forever, daemon=True).start()
    gateway, url = mid.start(responders.responders.pki, "asan", port)
    gateway.service.slow = SECONDS
    return gateway, {
        "url": url, "uuid": mid.UUID, "name": mid.NAME,
        "trust": str(where / "citizen-ca.pem"),
        "people": [dict(zip(("telephone", "user", "fin"), p))
                   for p in PEOPLE]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--port", type=int, default=0)
    args = parser.parse_args()
    parent = os.getppid()
    print(json.dumps(serve(args.folder, args.port)[1]), flush=True)
    try:
        while os.getppid() == parent:
            time.sleep(1)
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
