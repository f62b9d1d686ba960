"""Looks for practice management systems on this machine: data sources and drivers of ODBC, and what installers leave.

Looks only: opens no connection, knows no login, and says of each find how it was found. What it offers is a guess that
the database test must confirm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from agent.platform import installs
from agent.platform.install import Install
from agent.sources.bridge import listing
from agent.sources.bridge.listing import Listing
from agent.wire.local import DiscoverAnswer, FoundPms

_TITLES = {"eaglesoft": "Eaglesoft", "opendental": "Open Dental"}

_SOURCES: tuple[tuple[str, str], ...] = (
    (r"(?i)^(dental|eaglesoft|pattersonpm)$|eaglesoft", "eaglesoft"),
    (r"(?i)open.?dental", "opendental"),
)
"""Names that data sources of a PMS have."""

_OPEN_DENTAL_DRIVER = r"(?i)mariadb|mysql"


def discover(
    look: Callable[[], Listing | None] = listing.ask,
    installed: Callable[[], Iterable[Install]] = installs.found,
) -> DiscoverAnswer:
    """What there is, the likeliest first."""
    odbc = look()
    drivers = () if odbc is None else odbc.drivers
    finds = [] if odbc is None else list(_by_source(odbc))
    named = {one.connection for one in finds}
    for install in installed():
        found = _by_install(install, drivers)
        if found is not None and found.connection not in named:
            finds.append(found)
            named.add(found.connection)
    return DiscoverAnswer(found=finds, drivers=list(drivers))


def _by_source(odbc: Listing) -> Iterable[FoundPms]:
    for name, driver in odbc.sources:
        pms = next((pms for pattern, pms in _SOURCES if re.search(pattern, name)), None)
        if pms is not None:
            how = f"The ODBC data source {name} ({odbc.bits} bit, driver {driver}) is named as this program's are."
            yield FoundPms(pms=pms, title=_TITLES[pms], connection=f"DSN={name}", how=how)


def _by_install(install: Install, drivers: Iterable[str]) -> FoundPms | None:
    """An installed program, with the connection that it usually has."""
    title = _TITLES[install.pms]
    if install.pms == "eaglesoft":
        how = f"{install.how} Its installer makes the data source DENTAL; whether it is there was not seen."
        return FoundPms(pms=install.pms, title=title, connection="DSN=DENTAL", how=how)
    driver = next((one for one in drivers if re.search(_OPEN_DENTAL_DRIVER, one)), None)
    if driver is None:
        how = f"{install.how} No MySQL or MariaDB driver is installed: install one first."
        return FoundPms(pms=install.pms, title=title, connection="", how=how)
    server, database = install.server or "localhost", install.database or "opendental"
    connection = f"Driver={{{driver}}};Server={server};Database={database}"
    return FoundPms(pms=install.pms, title=title, connection=connection, how=install.how)
