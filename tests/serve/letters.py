"""Letters to a court and inquiries; part of front.py, whose bed they use."""

import re
import urllib.parse

import acts
import filing

LETTER = {"court": "103", "subject": "İş saatları", "text":
          "Hörmətli məhkəmə,\r\n\r\nnə vaxt açıqdır?", "name": "Aynur Vəli",
          "email": "aynur@post.example"}


def write(who, form=None, **fields):
    return who.post("/letters/new", form=form or filing.base32(),
                    **{**LETTER, **fields})


def letter_of(answer):
    found = re.fullmatch("/letters/([a-z2-7]{26})",
                         answer.headers.get("location", ""))
    return found[1] if found else ""


def count(bed, where="true"):
    return bed.ask_sql(f"SELECT count(*) FROM court_letter WHERE {where}")


def links(bed, mail, to):
    """Of the messages to an address."""
    return [m for m in mail.mails() if to in str(m["to"])]


def test_refused(bed):
    nobody = filing.Browser(bed.port)
    bed.check("the form", nobody.get("/letters/new?court=103").status == 200)
    for what, fields, at in (
            ("no court", {"court": ""}, "court"),
            ("another", {"court": "999"}, "court"),
            ("a court of 16 letters", {"court": "x" * 16}, "court"),
            ("no name", {"name": " "}, "name"),
            ("101 characters of name", {"name": "x" * 101}, "name"),
            ("no address", {"email": ""}, "email"),
            ("no address of mail", {"email": "a b@c"}, "email"),
            ("two addresses", {"email": "a@b.az,c@d.az"}, "email"),
            ("no subject", {"subject": "!"}, "subject"),
            ("151 characters", {"subject": "x" * 151}, "subject"),
            ("no text", {"text": "\r\n"}, "text"),
            ("4,001 characters", {"text": "ə" * 4001}, "text"),
            ("a control", {"text": "a\x1bb"}, "text")):
        a = write(nobody, **fields)
        bed.check(f"a letter with {what}: 422 at {at}", a.status == 422
                  and f'href="#{at}"' in a.text
                  and "<title>Xəta:" in a.text, (a.status, acts.wrong_of(a)))
    bed.check("a form without its number: 400", write(
        nobody, form="x").status == 400)
    bed.check("not our form: 403", write(nobody, csrf="x").status == 403)
    bed.check("nothing is stored", count(bed) == 0)


def test_anonymous(bed, mail):
    nobody = filing.Browser(bed.port)
    a = write(nobody, subject="x" * 150, name="y" * 100, text="ə" * 4000)
    bed.check("the longest: look into the mailbox", a.status == 200
              and "Poçt qutunuza baxın" in a.text, (a.status, a.text[-900:]))
    bed.check("nobody has it yet", count(bed, "state = 1") == 1
              and "x" * 150 not in acts.Person(bed, "clerk").get(
                  "/letters").text)
    bed.check("a link goes out", bed.until(lambda: len(links(
        bed, mail, "aynur@post.example")) == 1))
    text = links(bed, mail, "aynur@post.example")[0].get_content()
    path = re.search("/letters/confirm/[A-Za-z0-9_-]{43}", text)
    bed.check("with nothing of the letter in it", path
              and "xxxx" not in text and "əəəə" not in text, text)
    page = nobody.get(path[0])
    bed.check("the link asks once more, and does nothing by itself",
              page.status == 200 and "Məktubu göndər" in page.text
              and count(bed, "state = 1") == 1)
    token = path[0].rpartition("/")[2]
    bed.check("another's link: 404", nobody.get(
        path[0][:-4] + "AAAA").status == 404 and nobody.post(
            "/letters/confirm", token="x").status == 404)
    bed.check("not our form: 403", nobody.post(
        "/letters/confirm", token=token, csrf="x").status == 403)
    a = nobody.post("/letters/confirm", token=token)
    bed.check("confirmed: the court has it", a.status == 200
              and count(bed, "state = 2") == 1, a.status)
    bed.check("once", nobody.post("/letters/confirm",
                                  token=token).status == 404)
    bed.check("recorded", bed.noted("letter.received", 1, court="103"))
    return bed.ask_text("SELECT id FROM court_letter WHERE state = 2")


def test_cells(bed, letter):
    """A letter of nobody with a cabinet: clerks of its court alone."""
    for user, may in (("clerk", 1), ("clerk2", 1), ("elsewhere", 0),
                      ("judge", 0), ("president", 0), ("auditor", 0),
                      ("lawyer", 0), ("citizen", 0), ("claimant", 0)):
        who = acts.Person(bed, user)
        page = who.get(f"/letters/{letter}")
        bed.check(f"{user}: {'reads it' if may else '404'}", page.status == (
            200 if may else 404), page.status)
        bed.check(f"{user}: the list", (f"/letters/{letter}" in who.get(
            "/letters").text) == bool(may))
        if not may:
            got = [who.post(f"/letters/{letter}", do=do, answer="a").status
                   for do in ("answer", "close")]
            bed.check(f"{user}: no step: 404", got == [404] * 2, got)
    for path in ("/letters", f"/letters/{letter}"):
        bed.check(f"{path[:9]}…: nobody: to the sign-in", filing.Browser(
            bed.port).get(path).headers.get("location") == "/login")


def test_answered(bed, mail, letter):
    clerk = acts.Person(bed, "clerk")
    path = f"/letters/{letter}"
    for what, answer in (("nothing", ""), ("blanks", " \r\n"),
                         ("1,501 characters", "x" * 1501),
                         ("3,301 bytes", "€" * 1101)):
        a = clerk.post(path, do="answer", answer=answer)
        bed.check(f"an answer of {what}: 422", a.status == 422
                  and 'href="#answer"' in a.text, a.status)
    bed.check("another word: 400", clerk.post(path, do="x").status == 400)
    bed.check("not our form: 403", clerk.post(
        path, do="close", csrf="x").status == 403)
    a = clerk.post(path, do="answer", answer="ə" * 1500)
    bed.check("1,500 characters are sent", a.status == 303
              and count(bed, "state = 3") == 1, (a.status, acts.wrong_of(a)))
    bed.check("by e-mail, as they are", bed.until(lambda: any(
        "ə" * 1500 in m.get_content().replace("\n", "")
        for m in links(bed, mail, "aynur@post.example"))))
    bed.check("recorded", bed.noted("letter.answered", 1, court="103"))
    a = clerk.post(path, do="answer", answer="b")
    bed.check("once: 409", a.status == 409 and count(
        bed, "answer = 'b'") == 0, a.status)
    bed.check("which is a record", bed.noted(
        "illegal_transition", 1, **{"from": "answered", "to": "answered"}))
    a = clerk.post(path, do="close")
    bed.check("closed", a.status == 303 and count(bed, "state = 4") == 1)
    bed.check("recorded too", bed.noted("letter.closed", 1))
    a = clerk.post(path, do="close")
    bed.check("once as well: 409", a.status == 409 and bed.noted(
        "illegal_transition", 1, **{"from": "closed", "to": "closed"}),
        a.status)


def test_signed_in(bed, mail):
    who = acts.Person(bed, "citizen")
    form = filing.base32()
    a = write(who, form=form)
    letter = letter_of(a)
    bed.check("from a cabinet: received at once", letter and bed.ask_sql(
        f"SELECT state FROM court_letter WHERE id = '{letter}'") == 2,
        (a.status, acts.wrong_of(a)))
    bed.check("the same form is the same letter", letter_of(write(
        who, form=form)) == letter)
    bed.check("it is the writer's to read", "nə vaxt açıqdır" in who.get(
        f"/letters/{letter}").text and letter in who.get("/letters").text)
    a = who.post(f"/letters/{letter}", do="answer", answer="özüm")
    bed.check("but not to answer: 403", a.status == 403
              and bed.ask_sql("SELECT state FROM court_letter WHERE id = "
                              f"'{letter}'") == 2, a.status)
    bed.check("which is a record", bed.noted(
        "illegal_transition", 1, **{"from": "writer", "to": "court"}))
    bed.sql("UPDATE account SET email = 'vali@post.example', email_proven = 1"
            " WHERE username = 'citizen'")
    acts.Person(bed, "clerk2").post(
        f"/letters/{letter}", do="answer", answer="Saat 9-dan.")
    bed.check("the answer stands in the cabinet", "Saat 9-dan." in who.get(
        f"/letters/{letter}").text)
    bed.check("the message says that alone", bed.until(lambda: [
        "Saat 9" in m.get_content() or "/letters" not in m.get_content()
        for m in links(bed, mail, "vali@post.example")] == [False]))
    for n in range(9):
        a = write(who)
    bed.check("ten in a day", a.status == 303, a.status)
    a = write(who)
    bed.check("and no eleventh: 429", a.status == 429 and count(
        bed, "account = (SELECT id FROM account WHERE username = 'citizen')")
        == 10, a.status)
    page = filing.Browser(bed.port)
    shown = [page.get(p).text for p in ("/portal", "/courts", "/published",
                                        "/letters/new")]
    bed.check("nothing of a letter is public", not any(
        "İş saatları" in s or "nə vaxt" in s for s in shown))


def test_rate(bed):
    nobody = filing.Browser(bed.port)
    got = [write(nobody, email=e).status for e in
           ["a@post.example"] * 2 + ["A@post.example"] * 2
           + ["b@post.example"]]
    bed.check("three links to one address, no fourth; another goes",
              got == [200, 200, 200, 429, 200], got)
    bed.sql("UPDATE court_letter SET created = created - 86401"
            " WHERE state = 1")
    write(acts.Person(bed, "lawyer"))
    bed.check("what nobody proved is gone a day later",
              count(bed, "state = 1") == 0)


def test_letters(bed, mail):
    test_refused(bed)
    letter = test_anonymous(bed, mail)
    test_cells(bed, letter)
    test_answered(bed, mail, letter)
    test_signed_in(bed, mail)
    test_rate(bed)


# ---- inquiries ----

QUESTION = "İşimin vəziyyəti barədə arayış verilsin."


def ask(who, case=None, form=None, **fields):
    return who.post(f"/cases/{case or who.bed.case}/inquiry",
                    form=form or filing.base32(),
                    **{"kind": "status", "text": QUESTION, **fields})


def inquiry_of(answer):
    found = re.fullmatch("/inquiries/([a-z2-7]{26})",
                         answer.headers.get("location", ""))
    return found[1] if found else ""


def state(bed, inquiry):
    return bed.ask_sql(f"SELECT state FROM inquiry WHERE id = '{inquiry}'")


def test_asked(bed):
    who = acts.Person(bed, "claimant")
    bed.check("the page of the case leads there",
              f'href="/cases/{bed.case}/inquiry"' in who.get(
                  f"/cases/{bed.case}").text)
    for what, fields, at in (
            ("no kind", {"kind": ""}, "kind"),
            ("another kind", {"kind": "x"}, "kind"),
            ("no text", {"text": " "}, "text"),
            ("2,001 characters", {"text": "ə" * 2001}, "text")):
        a = ask(who, **fields)
        bed.check(f"an inquiry with {what}: 422 at {at}", a.status == 422
                  and f'href="#{at}"' in a.text, a.status)
    bed.check("a form without its number: 400", ask(
        who, form="x").status == 400)
    bed.check("not our form: 403", ask(who, csrf="x").status == 403)
    bed.check("nothing is stored", bed.ask_sql(
        "SELECT count(*) FROM inquiry") == 0)
    form = filing.base32()
    inquiry = inquiry_of(ask(who, form=form))
    bed.check("sent", inquiry and state(bed, inquiry) == 1)
    bed.check("the same form is the same inquiry",
              inquiry_of(ask(who, form=form)) == inquiry)
    page = who.get(f"/inquiries/{inquiry}").text
    due = acts.baku(-10)[0]
    bed.check("its page has the deadline", QUESTION in page and due in page,
              due)
    bed.check("recorded", bed.noted("inquiry.sent", 1, case=bed.case))
    longest = ask(who, text="ə" * 2000)
    bed.check("2,000 characters are taken", longest.status == 303)
    for _ in range(3):
        last = ask(who)
    bed.check("five wait", last.status == 303)
    bed.check("and no sixth: 429", ask(who).status == 429)
    return inquiry


def test_inquiry_cells(bed, inquiry):
    for user, asks, answers in (
            ("lawyer", 1, 0), ("defendant", 1, 0), ("clerk", 0, 1),
            ("clerk2", 0, 1), ("elsewhere", 0, 0), ("judge", 0, 0),
            ("president", 0, 0), ("auditor", 0, 0), ("witness", 0, 0),
            ("citizen", 0, 0)):
        who = acts.Person(bed, user)
        bed.check(f"{user}: {'may' if asks else 'may not'} ask", who.get(
            f"/cases/{bed.case}/inquiry").status == (200 if asks else 404))
        if not asks:
            bed.check(f"{user}: nor by the form", ask(who).status == 404)
        page = who.get(f"/inquiries/{inquiry}")
        bed.check(f"{user}: {'reads' if answers else '404'}",
                  page.status == (200 if answers else 404), page.status)
        bed.check(f"{user}: the list", (f"/inquiries/{inquiry}" in who.get(
            "/inquiries").text) == bool(answers))
        if not answers:
            got = {who.post(f"/inquiries/{inquiry}", do=do, answer="a",
                            reason="b").status
                   for do in ("review", "answer", "reject")}
            bed.check(f"{user}: no step: 404", got == {404}, got)
            bed.check(f"{user}: no answer to download", who.get(
                f"/inquiries/{inquiry}/answer").status == 404)
    owner = acts.Person(bed, "claimant")
    got = {owner.post(f"/inquiries/{inquiry}", do=do, answer="a",
                      reason="b").status
           for do in ("review", "answer", "reject")}
    bed.check("who asked takes no step: 404", got == {404}
              and state(bed, inquiry) == 1, got)
    bed.check("nobody: to the sign-in", filing.Browser(bed.port).get(
        f"/inquiries/{inquiry}").status == 303)


def test_inquiry_answered(bed, mail, inquiry):
    clerk = acts.Person(bed, "clerk")
    path = f"/inquiries/{inquiry}"
    for do, to in (("answer", "answered"), ("reject", "rejected")):
        a = clerk.post(path, do=do, answer="a b", reason="c d")
        bed.check(f"{do} before it is taken: 409", a.status == 409
                  and state(bed, inquiry) == 1, a.status)
        bed.check("which is a record", bed.noted(
            "illegal_transition", 1, **{"from": "sent", "to": to}))
    a = clerk.post(path, do="review")
    bed.check("taken", a.status == 303 and state(bed, inquiry) == 2)
    bed.check("twice: 409", clerk.post(path, do="review").status == 409)
    for what, answer in (("nothing", ""), ("4,001 characters", "x" * 4001)):
        a = clerk.post(path, do="answer", answer=answer)
        bed.check(f"an answer of {what}: 422", a.status == 422
                  and 'href="#answer"' in a.text, a.status)
    bed.sql("UPDATE account SET email_proven = 1 WHERE username = 'claimant'")
    bed.check("no answer yet: 404", clerk.get(f"{path}/answer").status == 404)
    bed.hold("keyd")
    a = clerk.post(path, do="answer", answer="Cavab möhürsüz getmir.")
    bed.check("no seal, no answer: 503, and what was written is not sent",
              a.status == 503 and state(bed, inquiry) == 2, a.status)
    bed.kill_and_wait("keyd")
    bed.check("answered, once the seal is back", bed.until(lambda: clerk.post(
        path, do="answer", answer="İş məhkəmə baxışındadır.").status == 303,
        60) and state(bed, inquiry) == 3, bed.log()[-1500:])
    owner = acts.Person(bed, "claimant")
    got = owner.get(f"{path}/answer")
    bed.check("the answer is a PDF", got.status == 200 and got.headers[
        "content-type"] == "application/pdf" and got.body.startswith(b"%PDF"))
    text = bed.text_of(got.body)
    bed.check("that says what was asked and answered", all(
        s in text for s in ("2-2(103)-660/2021", "arayış verilsin",
                            "baxışındadır")), text)
    verdict, signatures = bed.verify_seal(got.body)
    bed.check("and carries the court's seal", verdict == "TOTAL-PASSED"
              and signatures == 1, (verdict, signatures))
    digest = bed.ask_text("SELECT lower(hex(sha256)) FROM inquiry WHERE id = "
                        f"'{inquiry}'")
    bed.check("recorded, with its digest", bed.noted(
        "inquiry.answered", 1, case=bed.case, doc=digest))
    bed.check("who asked is told, of nothing but that", bed.until(lambda: [
        "/inquiries" in m.get_content() and "baxış" not in m.get_content()
        for m in links(bed, mail, "mammadov@")] == [True]))
    bed.check("once: 409", clerk.post(
        path, do="answer", answer="yenə").status == 409)
    longest = bed.ask_text("SELECT id FROM inquiry WHERE length(text) = 2000")
    clerk.post(f"/inquiries/{longest}", do="review")
    a = clerk.post(f"/inquiries/{longest}", do="answer", answer="ə " * 2000)
    bed.check("the longest question gets the longest answer", a.status == 303
              and state(bed, longest) == 3, (a.status, acts.wrong_of(a)))
    other = bed.ask_text("SELECT id FROM inquiry WHERE state = 1")
    clerk.post(f"/inquiries/{other}", do="review")
    a = clerk.post(f"/inquiries/{other}", do="reject", reason="")
    bed.check("no reason: 422", a.status == 422, a.status)
    a = clerk.post(f"/inquiries/{other}", do="reject",
                   reason="Arxiv 2030-dadır.")
    bed.check("rejected, with a reason", a.status == 303
              and state(bed, other) == 4
              and "Arxiv 2030" in owner.get(f"/inquiries/{other}").text)
    bed.check("recorded too", bed.noted("inquiry.rejected", 1, case=bed.case))
    bed.check("and has no answer: 404", owner.get(
        f"/inquiries/{other}/answer").status == 404)
    bed.sql(f"UPDATE court_case SET restricted = 1 WHERE id = '{bed.case}'")
    bed.check("of a restricted case: a password does not open it", [
        owner.get(p).status for p in (path, f"{path}/answer")] == [403] * 2)
    bed.sql(f"UPDATE court_case SET restricted = 0 WHERE id = '{bed.case}'")


def test_inquiries(bed, mail):
    inquiry = test_asked(bed)
    test_inquiry_cells(bed, inquiry)
    test_inquiry_answered(bed, mail, inquiry)


# ---- the menu ----

def test_menu(bed):
    nobody = filing.Browser(bed.port)
    for lang, name in (("en", "Write to the court"), ("ru",
                                                      "Написать в суд"),
                       ("az", "Məhkəməyə məktub yaz")):
        nobody.post("/lang", lang=lang, back="/portal")
        page = nobody.get("/portal")
        found = {urllib.parse.urlparse(h).path for h in re.findall(
            'class="govuk-link[^"]*" href="(/[^"]+)"', page.text)}
        want = {"/courts", "/published", "/letters/new", "/fees",
                "/acts/clock", "/verify", "/info/useful", "/info/laws",
                "/info/rules", "/info/contact", "/cabinet"}
        bed.check(f"the menu, {lang}", page.status == 200 and want == found
                  and name in page.text, want ^ found)
        got = {p: nobody.get(p).status for p in want - {"/cabinet"}}
        bed.check(f"every page of it opens, {lang}",
                  set(got.values()) == {200}, got)
    bed.check("legislation leads to the state's register",
              'href="https://e-qanun.az/"' in nobody.get("/info/laws").text)
    bed.check("a page that is not: 404", nobody.get(
        "/info/nothing").status == 404)
