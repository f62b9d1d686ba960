"""The doctor's page: one file, nothing runs in it, what to do comes first."""

from __future__ import annotations

from html.parser import HTMLParser

from agent.health.doctor import Finding
from agent.health.report import page

FOUND = [
    Finding("machine", "disk", "ok", "9 MB are free"),
    Finding("database", "rights", "warning", "The <login> can write", "Make another & use it.", "login_can_write"),
    Finding("database", "grants", "ok", "Statements", detail=("GRANT a;", "GRANT <b>;")),
]


class Reading(HTMLParser):
    """What a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(found: list[Finding]) -> Reading:
    seen = Reading()
    seen.feed(page(found, 0.0))
    seen.close()
    assert seen.open == []
    return seen


def test_everything_is_on_the_page_and_escaped():
    seen = read(FOUND)
    for words in ("9 MB are free", "The <login> can write", "Make another & use it.", "GRANT <b>;", "login_can_write"):
        assert words in seen.text
    assert "It will work; some things should be looked at." in seen.text


def test_what_is_to_be_done_comes_first():
    text = read(FOUND).text
    assert text.index("What to do") < text.index("The <login> can write") < text.index("9 MB are free")
    assert "What to do" not in read(FOUND[:1]).text


def test_many_lines_are_opened_by_a_click_and_few_stand_there():
    assert "details" not in read(FOUND).tags
    long = Finding("samples", "patient", "ok", "A record", detail=tuple(f"field {at}" for at in range(40)))
    assert {"details", "summary", "pre"} <= set(read([long]).tags)


def test_what_is_to_be_done_is_told_once_in_full_and_the_worst_comes_first():
    failed = Finding("cloud", "connection", "failed", "Nobody answers", "See the router.")
    text = read([*FOUND, failed]).text
    assert (text.count("Nobody answers"), text.count("See the router.")) == (2, 1)
    assert text.index("Nobody answers") < text.index("The <login> can write")


def test_nothing_runs_in_it_and_nothing_is_fetched():
    seen = read(FOUND)
    assert not {"script", "img", "link", "iframe"} & set(seen.tags)
    assert not {"src", "href", "onclick"} & seen.attributes


def test_a_failure_is_the_verdict():
    failed = Finding("cloud", "connection", "failed", "Nobody answers")
    assert "Something does not work yet." in read([*FOUND, failed]).text
