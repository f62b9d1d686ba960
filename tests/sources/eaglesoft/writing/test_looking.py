"""What is asked of the connection and of the catalogue before anything is written: may it write, and who gives keys."""

from __future__ import annotations

from pathlib import Path

import pyodbc
import pytest

from agent.model.writing import NotNow, WriteRefused
from agent.sources.bridge.writer_inprocess import InProcessWriter
from agent.sources.eaglesoft.writing.channel import EaglesoftChannel
from agent.sources.eaglesoft.writing.engines import engine_of
from agent.sources.eaglesoft.writing.looking import Looking
from agent.sources.reader import Reader
from agent.wire.bridge import SessionStatement
from tests import servers
from tests.sources.eaglesoft.writing.offices import Office, in_file, on_server
from tests.sources.eaglesoft.writing.test_channel import communication, confirm, create, payment

QUERY_ONLY = (SessionStatement("PRAGMA query_only = ON"),)


def looking(office: Office) -> Looking:
    return Looking(Reader(office.bridge, office.spoken), engine_of(office.spoken))


def with_writer(office: Office, writer: object) -> EaglesoftChannel:
    return EaglesoftChannel(Reader(office.bridge, office.spoken), writer, office.user)


def test_a_connection_that_may_only_read_is_seen_refused_and_let_in_by_the_vendors_statements(tmp_path: Path) -> None:
    with in_file("sqlite", tmp_path / "practice.db") as office:
        task = confirm(office)
        shut = with_writer(office, office.writer(session=QUERY_ONLY))
        assert shut.look().state == "read_only"
        with pytest.raises(WriteRefused) as caught:
            shut.apply(task, shut.prepare(task))
        assert caught.value.code == "channel_read_only"
        let_in = with_writer(office, office.writer(session=QUERY_ONLY, authentication=("PRAGMA query_only = OFF",)))
        assert let_in.look().state == "ready"
        let_in.apply(task, let_in.prepare(task))
        assert let_in.find(task).result == "applied"
        refused = with_writer(office, office.writer(authentication=("no such statement",)))
        assert refused.look().state == "refused"
        task = confirm(office)
        with pytest.raises(NotNow) as waits:
            refused.apply(task, refused.prepare(task))
        assert waits.value.code == "channel_refused"


@pytest.mark.servers
def test_logins_of_a_server_that_may_only_read_are_seen(
    postgresql_server: servers.Server, postgresql: servers.Database
) -> None:
    with on_server(postgresql) as office:
        name = postgresql.name
        postgresql.run(
            f"CREATE ROLE looker_{name} LOGIN PASSWORD 'x'",
            f'GRANT USAGE ON SCHEMA "PPM" TO looker_{name}',
            f'GRANT SELECT ON ALL TABLES IN SCHEMA "PPM" TO looker_{name}',
            f"CREATE ROLE guest_{name} LOGIN PASSWORD 'x'",
            f'GRANT USAGE ON SCHEMA "PPM" TO guest_{name}',
            f'GRANT ALL ON ALL TABLES IN SCHEMA "PPM" TO guest_{name}',
            f'GRANT ALL ON ALL SEQUENCES IN SCHEMA "PPM" TO guest_{name}',
            f"ALTER ROLE guest_{name} SET default_transaction_read_only = on",
        )
        try:
            task = confirm(office)
            looker = postgresql_server.connection(name, f"looker_{name}", "x")
            guest = postgresql_server.connection(name, f"guest_{name}", "x")
            wrong = postgresql_server.connection(name, f"guest_{name}", "y")
            for login in (looker, guest):
                channel = with_writer(office, office.writer(login=login))
                assert channel.look().state == "read_only"
                with pytest.raises(WriteRefused) as caught:
                    channel.apply(task, channel.prepare(task))
                assert caught.value.code == "channel_read_only"
            vendor = ("SET default_transaction_read_only = off",)
            let_in = with_writer(office, office.writer(login=guest, authentication=vendor))
            assert let_in.look().state == "ready"
            let_in.apply(task, let_in.prepare(task))
            assert let_in.find(task).result == "applied"
            assert with_writer(office, office.writer(login=wrong)).look().state == "refused"
        finally:
            for writer in office.opened:
                writer.close()
            postgresql.run(
                f"DROP OWNED BY looker_{name}", f"DROP ROLE looker_{name}",
                f"DROP OWNED BY guest_{name}", f"DROP ROLE guest_{name}",
            )  # fmt: skip


def test_keys_are_given_by_the_engine_or_guarded_by_their_uniqueness(office: Office) -> None:
    found = looking(office)
    assert found.key_kind("appointment", "appointment_id") == "given"
    assert found.key_kind("appt_log", "appt_log_id") == "given"
    expected = "guarded" if office.engine == "postgresql" else "given"
    assert found.key_kind("operatory_notes", "note_id") == expected
    assert found.key_kind("alert", "alert_id") == expected
    with pytest.raises(WriteRefused) as caught:
        found.key_kind("appointment", "location_id")
    assert caught.value.code == "pms_refused"


@pytest.mark.servers
def test_a_number_that_somebody_else_takes_meanwhile_is_not_used(postgresql: servers.Database) -> None:
    with on_server(postgresql) as office:
        taken: list[str] = []

        def hook(point: str) -> None:
            if point == "step note_number" and not taken:
                taken.append(point)
                office.run("INSERT INTO {t}operatory_notes (note_id, note) VALUES (1, 'another')")

        session = engine_of(office.spoken).session
        writer = InProcessWriter(lambda: pyodbc.connect(office.connection, autocommit=True), session, hook=hook)
        channel, task = with_writer(office, writer), communication(office)
        assert channel.apply(task, channel.prepare(task)).key == (2,)
        assert office.count("operatory_notes") == 2
        writer.close()


@pytest.mark.servers
def test_a_writer_that_would_wait_for_a_lock_gives_up_soon(postgresql: servers.Database) -> None:
    with on_server(postgresql) as office:
        channel, task = office.channel(), confirm(office)
        plan = channel.prepare(task)
        database = office.desk.writer.database
        database.execute("UPDATE \"PPM\".appointment SET appointment_notes = 'x' WHERE appointment_id = ?", task.target)
        with pytest.raises(NotNow) as caught:
            channel.apply(task, plan)
        assert caught.value.code == "channel_unreachable" and caught.value.fields["fault"] == "locked"
        database.connection.rollback()
        channel.apply(task, plan)
        assert channel.find(task).result == "applied"


@pytest.mark.servers
def test_payments_are_numbered_under_guard_where_the_engine_gives_no_numbers(postgresql: servers.Database) -> None:
    with on_server(postgresql) as office:
        for table, column in (("transactions_header", "tran_num"), ("transactions_detail", "detail_id")):
            office.run(f"ALTER TABLE {{t}}{table} ALTER COLUMN {column} DROP IDENTITY")
        channel, task = office.channel(), payment(office)
        greatest = office.desk.writer.database.select('SELECT MAX(tran_num) FROM "PPM".transactions_header')[0][0]
        office.desk.writer.database.commit()
        assert channel.apply(task, channel.prepare(task)).key == (greatest + 1,)
        assert channel.find(task).result == "applied"


def test_columns_that_this_version_has_not_are_left_out_or_refused(small_office: Office) -> None:
    for column in ("scheduled_by", "modified_by"):
        small_office.run(f"ALTER TABLE appointment DROP COLUMN {column}")
    channel, task = small_office.channel(), create(small_office)
    channel.apply(task, channel.prepare(task))
    assert channel.find(task).result == "applied"
    visit = small_office.task("appointment.confirm", channel.find(task).key)
    small_office.run("ALTER TABLE appointment DROP COLUMN confirmation_status")
    assert channel.find(task).result == "applied"  # the catalogue is looked at again
    with pytest.raises(WriteRefused) as caught:
        small_office.channel().prepare(visit)
    assert (caught.value.code, caught.value.fields["rule"]) == ("pms_refused", "appointment.confirmation_status")


def test_without_a_log_what_cannot_be_told_apart_is_left_to_a_person(small_office: Office) -> None:
    office = small_office
    office.run("DROP TABLE appt_log")
    channel, task = office.channel(), create(office)
    key = channel.apply(task, channel.prepare(task)).key
    office.run("UPDATE appointment SET description = 'Visit' WHERE appointment_id = ?", key[0])
    assert channel.find(task).result == "applied"  # one that is as asked, by our own user, without another's tag
    double = office.channel(double_booking=lambda: True)
    other = create(office)
    again = double.apply(other, double.prepare(other)).key
    office.run("UPDATE appointment SET description = 'Visit' WHERE appointment_id = ?", again[0])
    assert channel.find(task).result == "unclear"
