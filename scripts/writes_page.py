"""Makes ``docs/writes.md``: write-backs for whoever queues them, and for the office that allows them.

The calls on the page are run by a test, as they stand there, against a served reference cloud with an agent at work.
"""

from __future__ import annotations

from scripts import writes_tables

_HEAD = """\
# Write-backs

For an integrator who wants a change made in a practice, and for the office that decides whether it is. The messages in
full are in [contract.md](contract.md#commands) and [openapi.json](openapi.json); what a write does to an Eaglesoft
database is in [eaglesoft-writes.md](eaglesoft-writes.md).

A write-back is a *command*: one effect, on one patient or appointment. It is carried out at most once, and ends in
exactly one state, with a reason. That is not the same as "it will be done": the office's policy, its PMS and what has
changed meanwhile have their say.

## How a write travels

1. You **queue** it at the cloud, with an `Idempotency-Key`. The cloud checks its form only.
2. The cloud's **signer**, a process of its own that alone holds the key, signs it (JWS, ES384) for this practice.
3. The **agent** fetches it by long poll, usually within a fraction of a second, checks the signature, keeps it on its
   own disk and says so.
4. The agent asks the **office's policy**, looks up every id in the practice's database *as it is now*, and checks the
   rules: is the record there and active, is the slot free, is the office open, does that time exist.
5. It writes down that it is about to write, then the **channel** of the PMS writes.
6. It **reads back** from the database what was written. Only then is the command `verified`; the changed record goes
   into the feed together with it, and the report names its id and version.

| state | means | final |
|---|---|---|
| `queued` | the cloud has it, the agent not yet | |
| `received` | the agent keeps it; a `reason_code` says what it waits for | |
| `awaiting_approval` | the office wants a person to approve it | |
| `intended` | it is being written, or nobody knows yet whether it was | |
| `applied` | the PMS has taken it; it is being read back | |
| `needs_person` | nobody but a person in the office can tell what became of it | |
| `verified` | it is in the practice's database | yes |
| `rejected` | a rule, the policy, the PMS or a person said no; nothing was written | yes |
| `conflict` | the practice is not as you thought; nothing was written | yes |
| `expired` | its time was over before it could be written | yes |

States may be skipped in what you see. A final state never changes. `needs_person` that a person has ended without
knowing ends as `rejected` with `person_refused`: then, and only then, an effect may be there.

## What to send

The calls below want these variables; a key that may write is made with `practice-cloud key --write`.

| variable | holds |
|---|---|
| `CLOUD`, `CA` | address of the cloud; file of the authority of its certificate |
| `PRACTICE`, `KEY` | the practice's id; your key |
| `VISIT`, `PATIENT`, `OPERATORY`, `PROVIDER` | ids of records, as the feed gives them |
| `TAKEN`, `FREE` | two local times of the practice, such as 2027-05-03T10:00:00; at the first the operatory is taken |

**Read** what you decide about, and keep its version:

```sh
VERSION=$(curl -sS --fail --cacert "$CA" -H "Authorization: Bearer $KEY" \\
  "$CLOUD/v1/practices/$PRACTICE/appointment/$VISIT" | python3 -c 'import json, sys; \
print(json.load(sys.stdin)["version"])')
```

**Queue** the command:

```sh
curl -sS --fail --cacert "$CA" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
  -H "Idempotency-Key: confirm-$VISIT-$VERSION" "$CLOUD/v1/practices/$PRACTICE/commands" --data @- > queued.json <<JSON
{
  "kind": "appointment.confirm",
  "target": {"resource": "appointment", "id": "$VISIT"},
  "payload": {"confirmation": "confirmed"},
  "expected_version": "$VERSION",
  "expires_in": 3600
}
JSON
COMMAND=$(python3 -c 'import json; print(json.load(open("queued.json"))["command_id"])')
```

**Look** how it stands, until it is final:

```sh
until curl -sS --fail --cacert "$CA" -H "Authorization: Bearer $KEY" \\
  "$CLOUD/v1/practices/$PRACTICE/commands/$COMMAND" | tee confirmed.json | grep -q '"final":true'; do sleep 0.3; done
```

The answer has all states with their times (`steps`) and the agent's last report (`outcome`): `reason_code`,
`retryable`, `rule` (the field or rule it is about), `conflicting` (the record in the way), `sqlstate` and `native` (the
PMS's own words of refusal, as codes), `record` (what was made or changed: resource, id, version), `decided_by`.

**List** many: all after a place in the queue, or those in one state.

```sh
curl -sS --fail --cacert "$CA" -H "Authorization: Bearer $KEY" \\
  "$CLOUD/v1/practices/$PRACTICE/commands?state=verified&after=0&limit=50" > listed.json
```

**Once more**, after one that ended without effect: correct it and name the first one as `retry_of`. The cloud takes one
retry of a command at a time, and none of a verified one, so that two of your processes cannot both try again.

```sh
book() {
  curl -sS --fail --cacert "$CA" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
    -H "Idempotency-Key: book-$PATIENT-$1" "$CLOUD/v1/practices/$PRACTICE/commands" --data @- > queued.json <<JSON
{
  "kind": "appointment.create",
  "target": {"resource": "patient", "id": "$PATIENT"},
  "payload": {"operatory_id": "$OPERATORY", "provider_ids": ["$PROVIDER"], "start": "$1", "duration_minutes": 30},
  "retry_of": $2
}
JSON
  COMMAND=$(python3 -c 'import json; print(json.load(open("queued.json"))["command_id"])')
  until curl -sS --fail --cacert "$CA" -H "Authorization: Bearer $KEY" \\
    "$CLOUD/v1/practices/$PRACTICE/commands/$COMMAND" | tee "$3" | grep -q '"final":true'; do sleep 0.3; done
}
book "$TAKEN" null refused.json          # conflict, double_booked: `conflicting` names the visit that is there
book "$FREE" "\\"$COMMAND\\"" booked.json  # verified: `record` names the new visit
```

### What you can rely on

| | |
|---|---|
| `Idempotency-Key` | the same key with the same request answers how the first one stands; with another request it \
is refused (`idempotency_mismatch`). Derive it from your own business fact, not from the clock |
| order | commands with the same target are carried out one after the other, in the order of `queue_seq`; one that \
waits (for a person too) holds up those behind it of the same target, and no others |
| `expected_version` | the version of the target that you decided on. Another one in the practice is the conflict \
`version_changed`. The agent compares with the database, not with the feed: a change that you have not seen yet counts |
| `expires_in` | seconds, 30 to 30 days, a day if left out; by the cloud's clock. Nothing is begun after it. What \
was begun before may be found to be there later and ends `verified` |
| ids | are those of the feed; what you name is looked up in the practice at that moment |
| local times | have no offset: they are the practice's wall clock. A time that the clocks skip or show twice is \
refused |
| `delivery_count` | above 1: the agent did not say in time that it keeps it, and was handed it again. An agent that \
has no record of it then looks in the practice whether an earlier life of it has written, before it does anything |

### When something is away

* **The agent or its line.** Commands wait at the cloud and expire there (`queued`, then `expired`). Reports wait on the
  agent's disk: what it has verified is told when the line is back.
* **The agent's memory.** An agent whose data was restored from a copy says how its commands stand before it goes on,
  and the cloud answers which of them are over: those are left alone. Without a line it waits half a minute for that
  answer; then it goes on, looking first in the practice for what it may have written.
* **The PMS.** The command stays `received`, with the reason it waits for (`channel_unreachable`, \
`channel_refused`), and
  is tried again until it expires.
* **An answer that was lost.** The agent does not try again: it waits until the effect must have shown, and looks in the
  database, by the mark `PA-...` that it leaves on what it creates and else by content. There: `verified`. Certainly not
  there: written, if there is still time. Neither: `needs_person`, with `outcome_unknown`.

## Kinds and their payloads"""

_REASONS = """\
## Reason codes

`retryable`: a new command of the same content may succeed. `waits` is no end: the command is kept and tried again until
it expires, and the code says what it waits for."""

_CAPABILITIES = """\
## What each PMS takes

`practice-agent capabilities` shows the same for one office, with its policy and whether the way into the PMS is open
now. *Default* holds where the office's policy says nothing. *Tried on*: `stand-in` is a faithful copy of the PMS's
tables or API made for tests, never the real thing; `declared` was not tried at all. Nothing was tried on a real PMS."""

_OFFICE = """\
## The office's word

### Setting up the way in

Reading and writing are set up apart; without this step nothing can be written.

    practice-agent writes setup --api-url http://localhost:30223/api/v1
    practice-agent writes setup --connection "DSN=Eaglesoft" --login writer --user DR1
    practice-agent capabilities
    practice-agent doctor

The first is for Open Dental's API Service: the developer key and the office's own key are asked for. The second is for
Eaglesoft: the password of the login that writes ([database-login.md](database-login.md) has its rights) and the
vendor's statement that lets a connection write. Secrets go into the keyring. Restart the agent then. `doctor` rehearses
each kind on a record of the practice, without writing.

### Who may ask for what: `policy.toml`

The file lies in the agent's home folder ([install.md](install.md#the-home-folder)) and is the office's own: it is read
at every decision, and nothing that comes from the cloud can change or widen it. A key that is not known, or a value
that is not as documented, makes the whole file invalid; until it is corrected every command waits (`policy_invalid`).

```toml"""

POLICY = """\
[kinds."appointment.create"]
mode = "on"
per_hour = 20
per_day = 60

[kinds."appointment.confirm"]
mode = "on"

[kinds."payment.post"]
mode = "ask"        # a person approves each one

[kinds."patient.create"]
mode = "off"

[booking]
days_ahead = 90

[[booking.hours]]
days = ["mon", "tue", "wed", "thu", "fri"]
from = "08:00"
to = "17:00"

[payments]
most = "500.00"
"""
"""The example of a policy; a test has an agent work by it."""

_PEOPLE = """\
### What people do

    practice-agent writes
    practice-agent writes show COMMAND
    practice-agent writes approve COMMAND
    practice-agent writes reject COMMAND
    practice-agent writes retry COMMAND
    practice-agent writes try appointment.json

`status` and a warning say when something waits for a person. `show` masks what is known of a patient; `--unmask` does
not.

| the command is | to let it be written | to end it |
|---|---|---|
| `awaiting_approval` | `approve` | `reject` |
| `received`, and waits for something | `approve`: goes on now | `reject` |
| `needs_person`: look in the PMS first | it is there: `approve`. It is not there: `retry` writes it | `reject`, \
whether or not it is there |

The person's account stands in the audit trail, and the report to the cloud says `decided_by: person` (not who).

`try` rehearses a command without writing: policy, references, rules, the slot, and the exact request or statements that
would be sent. The file holds what one would queue at the cloud. With `--trial` Eaglesoft's transaction is also run in
the database and rolled back, after office hours only, which shows what only the database would refuse (rights,
triggers, missing columns); it locks what it touches for that moment and may use up a key. Open Dental's API cannot take
back what it was given (`no_trial`).

### The audit trail

    practice-agent audit
    practice-agent audit verify

Every command that came, every refusal, every attempt, every end and every person's decision is a line of the trail,
with its time and reason, never with the payload. Each line is chained to the one before by a keyed hash, and the last
one is sealed: `verify` finds a line that was changed, removed, reordered or cut off, and ends with exit code 1.
Somebody who has the store's key can write a trail of his own; note the last line's hash elsewhere to be sure of what
was there."""


def page() -> str:
    """The whole page."""
    parts = [
        "<!-- Made by `make docs`; change the code, not this page. -->",
        _HEAD,
        *writes_tables.payloads(),
        "",
        _REASONS,
        "",
        *writes_tables.reasons(),
        "",
        _CAPABILITIES,
        "",
        *writes_tables.capabilities(),
        "",
        _OFFICE,
        POLICY.rstrip(),
        "```",
        "",
        *writes_tables.policy(),
        "",
        _PEOPLE,
    ]
    return "\n".join(parts) + "\n"
