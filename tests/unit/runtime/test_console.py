"""What reaches a terminal in words."""

import logging

import pytest

from trakt.cli.answer import Answer, give
from trakt.cli.parser import parse
from trakt.runtime import console


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\rb\x07\x9b2J", "a\\rb\\x07\\x9b2J"),
        ("a\u202eb", "a\\u202eb"),
        ("Jürgen\tGroß\n€ 😀", "Jürgen\tGroß\n€ 😀"),
    ],
)
def test_what_could_move_a_cursor_or_turn_a_line_around_is_shown_as_an_escape(text, seen, capsys):
    with console.speaking_on_stderr():
        logging.getLogger("trakt.engine").warning("column '%s'", text)
    assert capsys.readouterr().err == f"warning: column '{seen}'\n"


def test_the_words_of_an_answer_are_as_harmless_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("trakt.cli.answer.is_terminal", lambda stream: True)
    assert give(Answer({}, text="column a\x1b[31mb: string"), parse(["inspect", "a.csv"]))
    assert capsys.readouterr().out == "column a\\x1b[31mb: string\n"
