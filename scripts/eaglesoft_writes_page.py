"""Makes ``docs/eaglesoft-writes.md``: what a write-back does to an Eaglesoft database, and what is assumed of it.

For whoever knows Eaglesoft and wants to check, line by line, before an office switches a kind on.
"""

from __future__ import annotations

from agent.sources.eaglesoft.writing import kinds, rights, texts

_HEAD = """\
# Writing into Eaglesoft

Everything on this page was tried on stand-ins, on SQLite and PostgreSQL, and is **unverified on a real Eaglesoft**.
Every kind is off until the office switches it on in its policy file; try it on a test installation first.

Eaglesoft's database lets a connection write only when it is authenticated by its vendor's means. The office must have
been given them; the agent asks for the statement with `practice-agent writes setup`, keeps it in the keyring and runs
it at every connect. At the beginning of every transaction the agent asks the database whether the connection is
authenticated. Where it is not, also in the first seconds in which any connection may write, nothing is written and the
command ends with `channel_read_only`.

Writes go through a process and a login of their own (see [database-login.md](database-login.md)). A write is one
transaction. Every change names the values that it expects to find, and every statement the number of rows that it must
change; where it is otherwise, all is rolled back. Values are parameters, never part of a statement. A lock that is not
given within two seconds ends the attempt, and it is tried again later. Only when the connection is lost between the
sending of the commit and its answer is the outcome unknown; then the agent looks for what it has written, as the table
says, before anything else. What it cannot decide a person must settle.

Columns that a version does not have are left out, or the write is refused with their name. The keys of new rows are
given by the engine; where the catalogue says that it gives none, the next number is taken under the guard of the key's
uniqueness, and the whole is begun again when somebody else has taken it. Texts that are too long or hold a character
that the database's code page does not have are refused, never cut.

`practice-agent writes setup` also asks for a provider id. It stands as author (`user_id`, `scheduled_by`,
`modified_by`) in the rows written; the agent makes no logins. Who had Eaglesoft's screens open may see a write only
after a refresh."""


def page() -> str:
    """The whole page."""
    lines = ["<!-- Made by `make docs`; change the code, not this page. -->", *_HEAD.splitlines()]
    lines += [
        "",
        "## What each kind writes",
        "",
        "| kind | written, in one transaction | found again by |",
        "|---|---|---|",
    ]
    lines += [f"| `{kind}` | {written} | {found} |" for kind, (written, found) in kinds.WRITTEN.items()]
    for one in kinds.capabilities():
        if not one.offered:
            lines += [f"| `{one.kind}` | nothing: refused with `{one.reason}`. {one.note}. | |"]
    lines += ["", "## What is assumed", "", "Of every kind that needs it:", ""]
    lines += [f"- {assumed}." for assumed in kinds.SHARED_ASSUMPTIONS]
    lines += ["", "Of single kinds:", ""]
    lines += [f"- `{kind}`: {assumed}." for kind, assumed in kinds.ASSUMPTIONS.items()]
    lines += ["", "## What a text may hold", "", "| column | most characters |", "|---|---|"]
    lines += [f"| {column} | {most} |" for column, most in sorted(texts.LIMITS.items())]
    lines += ["", "## What is touched", "", "| table | rights of the login that writes |", "|---|---|"]
    lines += [f"| `{table}` | {verbs} |" for table, verbs in rights.WRITES.items()]
    return "\n".join(lines) + "\n"
