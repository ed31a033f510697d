"""Money that goes back through the gateway (TRTYPE 22 and 24): once, whatever
it answers, and whoever falls meanwhile."""

import time

import payment
from payer import balanced

ASKED, GIVEN = "Qaytarılma istənilib", "Pul qaytarılıb"
UNDER_WAY = "hələ təsdiq etməyib"


def owed_back(bed, person):
    """A payment whose draft is gone; its path and its ORDER."""
    at = bed.spare.pop()
    where = person.begun(at)
    person.card(where)
    person.refresh(where)
    person.act_on(at, 5, "discard")
    bed.check("the money is owed back", person.state(where) == ASKED,
              person.state(where))
    return where, str(bed.ask_sql(
        f"SELECT number FROM payment WHERE id = '{where[10:]}'"))


def ask(bed, where):
    return bed.clerk.post(f"{where}/decision", do="bank", why="")


def given(bed, order):
    return [b["TRTYPE"] for b in bed.gateway.back if b["ORDER"] == order]


def once(bed, person, name, where, order, kind):
    """Given back, one time here and one time there."""
    bed.check(f"{name}: given back", person.state(where) == GIVEN,
              person.state(where))
    bed.check(f"{name}: by one TRTYPE {kind}", given(bed, order) == [kind],
              given(bed, order))
    bed.check(f"{name}: one posting of it", bed.ask_sql(
        "SELECT count(*) FROM ledger_posting WHERE kind = 3 AND payment ="
        f" '{where[10:]}'") == 1)


def test_kinds(bed, person):
    """A reversal on the day of the payment, later a refund."""
    where, order = owed_back(bed, person)
    page = bed.clerk.get(where).text
    bed.check("the clerk may ask the bank", 'value="bank"' in page)
    bed.check("its owner may not", person.post(
        f"{where}/decision", do="bank").status == 404)
    a = ask(bed, where)
    bed.check("asked", a.status == 303, a.status)
    once(bed, person, "today", where, order, "24")
    bed.check("what was sent is in the log", bed.until(lambda: any(
        r["ev"] == "payment" and r["obj"] == f"payment:{where[10:]}" and
        r["d"].get("refund") == "24" for r in bed.records()), 10))
    bed.check("it is not asked for again: 409", ask(bed, where).status == 409)
    where, order = owed_back(bed, person)
    bed.past_trigger("ledger_posting", "ledger_posting_stays",
                     "UPDATE ledger_posting SET at = at - 86400"
                     f" WHERE payment = '{where[10:]}'")
    ask(bed, where)
    once(bed, person, "a day later", where, order, "22")


def test_declined(bed, person):
    """A reversal that is declined is a refund next; and may be refused."""
    where, order = owed_back(bed, person)
    bed.gateway.declines = {"24"}
    ask(bed, where)
    page = bed.clerk.get(where).text
    bed.check("declined: it says so", person.state(where) == ASKED and
              "Bank pulu qaytarmaqdan imtina etdi" in page)
    bed.check("declined: that is in the log", bed.until(lambda: any(
        r["ev"] == "payment" and r["res"] == "refused" and
        r["obj"] == f"payment:{where[10:]}" for r in bed.records()), 10))
    ask(bed, where)
    once(bed, person, "then", where, order, "22")
    bed.gateway.declines = {"22", "24"}
    where, order = owed_back(bed, person)
    ask(bed, where)
    ask(bed, where)
    a = bed.clerk.post(f"{where}/decision", do="reject", why="Bank")
    bed.check("declined twice: the clerk decides", a.status == 303 and
              not given(bed, order), a.status)
    bed.gateway.declines = set()
    balanced(bed, "declined")


def test_lies(bed, person):
    """No answer but a signed one to just this request decides."""
    where, order = owed_back(bed, person)
    modes = ("500", "garbage", "no-sign", "wrong-key", "callback-mac",
             "replayed", *("flip:" + f for f in payment.FLIPPED))
    # The answer to a question about it, signed as good as any.
    bed.gateway.kept[order] = bed.gateway.kept.get(order, b"")
    kept = bed.gateway.kept[order]
    for mode in modes:
        bed.gateway.mode, bed.gateway.declines = mode, {"22", "24"}
        bed.gateway.kept[order] = kept
        a = ask(bed, where)
        page = bed.clerk.get(where).text
        bed.check(f"{mode}: nothing is decided", a.status == 303 and
                  UNDER_WAY in page and person.state(where) == ASKED,
                  (a.status, person.state(where)))
    bed.gateway.mode = "good"
    for do in ("refund", "reject"):
        a = bed.clerk.post(f"{where}/decision", do=do, why="x")
        bed.check(f"{do} while it is under way: 409", a.status == 409,
                  a.status)
    bed.gateway.declines = set()
    bed.gateway.mode = "before"
    ask(bed, where)
    bed.check("given, and the answer lost: under way", UNDER_WAY in
              bed.clerk.get(where).text and given(bed, order) == ["24"])
    bed.gateway.mode = "good"
    bed.sql(f"UPDATE payment SET poll_at = 1 WHERE id = '{where[10:]}'")
    bed.check("it is asked again by itself", bed.until(
        lambda: person.state(where) == GIVEN, 30), person.state(where))
    once(bed, person, "lost", where, order, "24")


def test_slow(bed, person):
    """An answer that comes too late is asked for again."""
    where, order = owed_back(bed, person)
    bed.gateway.mode = "slow"
    begin = time.monotonic()
    ask(bed, where)
    bed.check("slow: nobody waits long", time.monotonic() - begin < 14 and
              UNDER_WAY in bed.clerk.get(where).text)
    bed.gateway.mode = "good"
    bed.check("slow: done at the bank all the same", bed.until(
        lambda: given(bed, order) == ["24"], 30))
    ask(bed, where)
    once(bed, person, "slow", where, order, "24")


def test_falls(bed, person):
    """The portal and its courier fall while the bank has the request, and
    just behind its answer."""
    for part in ("portal", "portal.courier"):
        for step in ("asked", "answered"):
            where, order = owed_back(bed, person)
            fell = []

            def kill(p=part, f=fell):
                if not f:
                    f.append(bed.kill(p))

            bed.gateway.hook = {step: kill}
            try:
                ask(bed, where)
            except OSError:
                pass  # it fell under our hands
            # The gateway's thread may be behind its answer later than we are.
            bed.until(lambda f=fell: f)
            bed.gateway.hook = {}
            bed.wait_up()

            def done(w=where):
                if person.state(w) == GIVEN:
                    return True
                bed.sql("UPDATE payment SET poll_at = 1 WHERE state = 7 AND"
                        f" refund_open = 1 AND id = '{w[10:]}'")
                time.sleep(1)
                return False

            bed.until(done, 90)
            bed.check(f"{part} falls, {step}: it fell", fell)
            once(bed, person, f"{part} falls, {step}", where, order, "24")
    balanced(bed, "given back")


def test_all(bed, person):
    test_kinds(bed, person)
    test_declined(bed, person)
    test_lies(bed, person)
    test_slow(bed, person)


COUNT = 2 + 2 + 1 + 1 + 4  # payments that these tests make
