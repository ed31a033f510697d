"""Signatures that are sound in themselves but sign nothing, or were made with
a certificate that is meant for something else."""

import container

from stage import NEVER, NOTE, TEXT


def run(stage, book):
    book.section = "scope"
    item = "signature over no document"
    for name, files, second in (
            ("second", [TEXT], dict(signer="citizen2", only=[])),
            ("second-b", [TEXT, NOTE], dict(signer="citizen2", only=[],
                                            level="B"))):
        box = container.asic_e(stage.pki, files,
                               [dict(signer="citizen"), second])
        book.add(item, f"nothing-{name}", box.pack(), "signature-partial",
                 verdicts=NEVER)
    item = "certificate for another purpose"
    for signer in ("tsa", "ocsp"):
        book.add(item, f"purpose-{signer}", stage.box(signer=signer).pack(),
                 "key-usage", verdicts=NEVER)
