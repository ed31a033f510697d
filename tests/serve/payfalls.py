"""No payment is lost or taken twice, whenever a part falls: at random points,
and at each step of one."""

import random
import time

from filing import base32
from payer import PAID, PAYMENT, back, balanced

PARTS = ("portal", "portal.courier")
STEPS = ("begun", "form", "card", "asked", "answered", "paid")


def test_falls(bed, person, falls):
    """The portal falls at random points of payments: none is lost, none is
    taken twice."""
    rng = random.Random(20261127)
    paid = 0
    for n in range(falls):
        try:
            at = bed.spare.pop()
            a = person.pay(at)
            where = a.headers.get("location", "")
            if rng.random() < 0.06:
                bed.kill_and_wait("portal")
                bed.wait_up()
            if not PAYMENT.fullmatch(where):
                where = "/payments/" + bed.ask_text(
                    "SELECT max(id) FROM payment WHERE application ="
                    f" '{at}' AND state < 3")
            paid += person.card(where) is not None
            if rng.random() < 0.1:
                bed.kill("portal")
            back(bed, where)
        except (OSError, ValueError):
            pass  # it fell under our hands
        bed.wait_up()
        if n % 10 == 9:
            bed.sql("UPDATE payment SET poll_at = 1 WHERE state = 2")
    bed.sql("UPDATE payment SET poll_at = 1 WHERE state = 2")
    want = sum(o["end"] == "approved" for o in bed.gateway.orders.values())
    bed.check("every payment that the gateway has is paid here", bed.until(
        lambda: bed.ask_sql("SELECT count(*) FROM ledger_posting"
                            " WHERE kind = 1") == want, 60),
        (want, bed.ask_sql(
            "SELECT count(*) FROM ledger_posting WHERE kind = 1")))
    bed.check("none twice", bed.ask_sql(
        "SELECT count(*) FROM (SELECT payment FROM ledger_posting WHERE"
        " kind = 1 GROUP BY payment HAVING count(*) > 1) w") == 0)
    bed.check("no application paid twice", bed.ask_sql(
        "SELECT count(*) FROM (SELECT application FROM payment WHERE"
        " state = 3 GROUP BY application HAVING sum(amount) >"
        " (SELECT total FROM application a WHERE a.id = application)) w") == 0)
    bed.check("most were paid", paid > falls / 2, paid)
    balanced(bed, "falls")


def polled(bed, person, where):
    """Where nobody asks again, the poller does; its minutes are over."""
    if person.state(where) == PAID:
        return True
    bed.sql("UPDATE payment SET poll_at = 1 WHERE state = 2 AND id ="
            f" '{where[10:]}' AND poll_at > 1")
    time.sleep(0.5)
    return False


def fall_at(bed, person, part, step):
    """One payment, and the part is killed just behind the step."""
    at, fell = bed.spare.pop(), []

    def kill():
        if not fell:
            fell.append(bed.kill(part))

    def step_done(name):
        if name == step:
            kill()
            bed.wait_up()

    where = person.begun(at)
    step_done("begun")
    form = person.form(where)[1]
    step_done("form")
    order = bed.gateway.pay(form, "approved")
    step_done("card")
    bed.gateway.hook = {step: kill} if step in ("asked", "answered") else {}
    try:
        back(bed, where)
    except OSError:
        pass  # it fell under our hands
    # The page may be there before the gateway's thread is behind its answer.
    bed.until(lambda: fell or not bed.gateway.hook)
    bed.gateway.hook = {}
    bed.wait_up()
    name = f"{part} falls, {step}"
    bed.check(f"{name}: paid all the same", bed.until(
        lambda: polled(bed, person, where), 90), person.state(where))
    step_done("paid")
    bed.check(f"{name}: it fell", fell, step)
    bed.check(f"{name}: once here, once at the bank", order is not None and
              bed.ask_sql("SELECT count(*) FROM ledger_posting WHERE payment ="
                          f" '{where[10:]}'") == 1 and bed.ask_sql(
                  "SELECT sum(amount) FROM payment WHERE state = 3 AND"
                  f" application = '{at}'") == 7000)
    a = person.pay(at, base32())
    bed.check(f"{name}: nothing more is taken", a.status == 409 and
              person.state(where) == PAID, a.status)


def test_steps(bed, person):
    for part in PARTS:
        for step in STEPS:
            fall_at(bed, person, part, step)
    balanced(bed, "each step")
