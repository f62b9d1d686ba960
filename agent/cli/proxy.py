"""``practice-agent proxy``: the proxy on the way to the cloud, and the agent's login there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import screen
from agent.cli.options import HomeDir, examples
from agent.model.errors import NeedsPerson

if TYPE_CHECKING:
    from agent.host.home import Home
    from agent.wire.local import SettingsChange

EXAMPLES = examples(
    "practice-agent proxy",
    "practice-agent proxy http://proxy.example:3128 --login agent",
    "practice-agent proxy --login agent --password-stdin < password.txt",
    "practice-agent proxy direct",
)
_SYSTEM = "system"


def proxy(
    address: Annotated[
        str | None,
        typer.Argument(metavar="[URL|direct|system]", help="The proxy; system = what the machine's settings say."),
    ] = None,
    login: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name at the proxy; the password is asked for.")
    ] = None,
    no_login: Annotated[bool, typer.Option("--no-login", help="Give the proxy no login any more.")] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    home: HomeDir = None,
) -> None:
    """Say which proxy leads to the cloud, and the agent's login there; without anything given, show it."""
    from agent.host.home import Home
    from agent.wire.local import SettingsChange

    if login and no_login:
        raise typer.BadParameter("--login and --no-login are opposites")
    if password_stdin and not login:
        raise typer.BadParameter("--password-stdin needs --login")
    place = Home(Home.choose(home))
    wanted: dict[str, Any] = {}
    if address is not None:
        wanted["proxy"] = None if address == _SYSTEM else address
    if no_login or address == "direct":
        wanted["proxy_login"] = None
    if login is not None:
        wanted["proxy_login"] = login
    if not wanted:
        _show(place)
        return
    change = SettingsChange(settings={"cloud": wanted})
    if "proxy_login" in wanted:
        password = "" if login is None else _password(login, password_stdin)
        change = change.model_copy(update={"secrets": {"proxy_password": password}})
    if _changed(place, change):
        screen.say("Changed; the agent begins anew with it.")
    else:
        screen.say(f"Wrote {place.settings}.")
    screen.say("Next: `practice-agent doctor` shows whether the way is free.")


def _changed(place: Home, change: SettingsChange) -> bool:
    """Change it; whether a running agent did so."""
    from agent.api.client import LocalAgent, NotRunning
    from agent.host import local_settings, settings_file

    settings_file.read(place.path)
    try:
        with LocalAgent(place.path, "change") as agent:
            agent.change(change)
    except NotRunning:
        local_settings.apply(place, change)
        return False
    return True


def _show(place: Home) -> None:
    from agent.host import settings_file

    cloud = settings_file.read(place.path).cloud
    screen.say(f"proxy: {cloud.proxy or _SYSTEM}")
    screen.say("login: none" if cloud.proxy_login is None else f"login: {cloud.proxy_login}; password in the keyring")


def _password(login: str, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise NeedsPerson(
            "not_confirmed", "The password must be given and nobody can be asked", "Give it with --password-stdin."
        )
    return str(typer.prompt(f"Password of {login} at the proxy", hide_input=True, err=True))
