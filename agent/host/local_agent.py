"""The host's side of the local API: fills its port from the parts of this process. Decides nothing by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agent import __version__
from agent.host import discovering, enrolling, local_bundle, local_settings, local_trials, local_writes
from agent.host.doctor import examine
from agent.host.local_tasks import Answer, Tasks, Tell
from agent.host.log import Event
from agent.model.errors import NeedsPerson, Retry
from agent.wire.local import (
    Decision,
    DiscoverAnswer,
    EventsAnswer,
    HistoryAnswer,
    Right,
    SettingsAnswer,
    SettingsChange,
    SettingsPlan,
    StatusAnswer,
    Task,
    TaskRequest,
    WriteDetail,
    WritesAnswer,
)

if TYPE_CHECKING:
    from agent.health.doctor import Finding
    from agent.host.local_station import Station


class LocalAgent:
    """The port ``agent.api.ports.Agent`` over a station."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._tasks = Tasks(
            {
                "doctor": self._doctor,
                "diagnostics": self._diagnostics,
                "test_database": self._try_database,
                "test_cloud": self._try_cloud,
                "enrol": self._enrol,
            },
            self._ask,
            lambda look: station.use(lambda agent: look(agent.store.requests)),
            self.failed,
            station.bell.ring,
        )

    def version(self) -> str:
        """Of the program."""
        return __version__

    def status(self) -> StatusAnswer:
        """Everything at one glance."""
        return self._station.news.status()

    def events(self, after: int, limit: int) -> EventsAnswer:
        """The events after a number."""
        return self._station.news.events(after, limit)

    def history(self) -> HistoryAnswer:
        """The last day."""
        return self._station.history.answer()

    def writes(self, limit: int) -> WritesAnswer:
        """The newest write-backs; none while no agent is at work."""
        if self._station.news.phase != "at_work":
            return WritesAnswer(writes=[])
        return self._station.use(lambda agent: local_writes.listed(agent.store, limit))

    def write(self, command_id: str, *, unmask: bool) -> WriteDetail:
        """One of them."""
        return self._station.use(lambda agent: local_writes.detail(agent.store, command_id, unmask=unmask))

    def decide(self, command_id: str, decision: Decision) -> WriteDetail:
        """A person's word on it."""
        return self._station.use(lambda agent: local_writes.decide(agent.store, command_id, decision))

    def pause(self, hours: float) -> StatusAnswer:
        """Read and write nothing for so long."""
        self._station.pausing.begin(hours)
        self._station.log.write(Event.of("pause_begun", seconds=round(hours * 3600)))
        self._station.news.changed()
        return self.status()

    def resume(self) -> StatusAnswer:
        """Go on."""
        if self._station.pausing.until is not None:
            self._station.pausing.end()
            self._station.log.write(Event.of("pause_ended"))
            self._station.news.changed()
        return self.status()

    def begin(self, asked: TaskRequest) -> Task:
        """Begin something that takes a while."""
        return self._tasks.begin(asked)

    def task(self, task_id: str) -> Task:
        """How it fares."""
        return self._tasks.get(task_id)

    def settings(self) -> SettingsAnswer:
        """The settings, without secrets."""
        return local_settings.answer(self._station.home)

    def plan(self, change: SettingsChange) -> SettingsPlan:
        """What a change would do."""
        return local_settings.plan(self._station.home, change)

    def change(self, change: SettingsChange) -> SettingsPlan:
        """Do it; the agent begins anew with it."""
        planned = local_settings.apply(self._station.home, change)
        self._station.log.write(Event.of("settings_changed", count=len(planned.changes)))
        if planned.restarts:
            self._station.again()
        return planned

    def discover(self) -> DiscoverAnswer:
        """What practice management systems are on this machine."""
        return discovering.discover()

    def used(self, call: str, right: Right) -> None:
        """Somebody has used a right that is more than looking."""
        self._station.log.write(Event.of("api_used", what=call, kind=right))

    def failed(self, call: str, error: Exception) -> None:
        """A bug was met."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}"
        self._station.log.write(Event.of("api_failed", "error", what=call, kind=type(error).__name__, place=place))

    # Tasks -----------------------------------------------------------------------------------------------------------

    def _ask(self, kind: str, arguments: dict[str, Any]) -> int:
        station = self._station
        if station.news.phase == "not_set_up":
            raise NeedsPerson("not_set_up", "The agent waits to be set up", "Set it up first.")
        if station.pausing.until is not None:
            raise NeedsPerson("paused", "The agent is paused: nothing is read", "Resume first.")
        return station.use(lambda agent: agent.store.requests.ask(kind, **arguments))

    def _doctor(self, _arguments: Mapping[str, Any], tell: Tell) -> Answer:
        found: list[Finding] = []
        for one in examine(self._station.home, self._station.clock, self._rest):
            found.append(one)
            tell(local_trials.told_findings(found))
        return local_trials.told_findings(found)

    def _rest(self, seconds: float) -> None:
        if self._station.stopping.wait(seconds):
            raise Retry("agent_gone", "The agent is being stopped", "Start it and ask again.")

    def _diagnostics(self, arguments: Mapping[str, Any], _tell: Tell) -> Answer:
        station, send, incident = self._station, bool(arguments.get("send", False)), arguments.get("incident")
        if incident is not None:
            if not send:
                raise NeedsPerson("task_arguments_invalid", "incident goes with send", "See docs/local-api.md.")
            return local_bundle.send_kept(station.home, station.clock, station.log, str(incident))
        return local_bundle.make(station.home, station.clock, station.log, station.news.status().status, send=send)

    def _try_database(self, arguments: Mapping[str, Any], _tell: Tell) -> Answer:
        return local_trials.try_database(self._station.home, self._station.clock, arguments)

    def _try_cloud(self, arguments: Mapping[str, Any], _tell: Tell) -> Answer:
        return local_trials.try_cloud(self._station.home, self._station.clock, arguments)

    def _enrol(self, arguments: Mapping[str, Any], _tell: Tell) -> Answer:
        """With no agent at work: it begins with the new enrolment."""
        station, code = self._station, arguments.get("code")
        if not code:
            raise NeedsPerson("task_arguments_invalid", "enrol needs the code", "The cloud's operator gives it.")
        takeover = bool(arguments.get("takeover", False))
        enrolled = station.between(lambda: enrolling.enrol(station.home, code, station.clock, takeover=takeover))
        return {"agent_id": enrolled.agent_id, "practice_name": enrolled.practice_name}
