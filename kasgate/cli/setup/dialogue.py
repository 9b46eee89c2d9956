"""Questions and answers in a terminal: plain lines, without colours and without moving the cursor,
so that they work with a screen reader and over any connection."""

from __future__ import annotations

import io
import sys
import textwrap
from collections.abc import Callable, Iterable
from getpass import getpass
from typing import Final, TypeVar

from attrs import define, frozen

from kasgate.cli.outcome import USAGE, Failure
from kasgate.logs.redaction import redact

T = TypeVar("T")

WIDTH: Final = 78
MOST_TRIES: Final = 10
LONGEST_LINE: Final = 4_096
_INDENT: Final = "  "
_NO_TEXT: Final = "\ufffd"
_YES: Final = frozenset({"y", "yes"})
_NO: Final = frozenset({"n", "no"})


class Wrong(ValueError):
    """An answer can't be used. The text is a sentence with the reason, and repeats no secret."""


@frozen
class Question:
    """A question, and the option that answers it instead."""

    label: str
    """A few words; the prompt."""
    option: str
    why: str
    """One or two sentences: the reason for the question, and what may be answered."""


@define
class Dialogue:
    """Asks the user, or takes only options and defaults."""

    asks: bool
    """Whether there is a user to ask."""

    def __attrs_post_init__(self) -> None:
        # Bytes that are no text, and letters that the terminal lacks, are replaced by marks.
        for stream in (sys.stdin, sys.stdout):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")

    def section(self, number: int, of: int, title: str) -> None:
        """The title of a group of questions."""
        print(f"\n{number} of {of}  {title}", flush=True)

    def say(self, text: str, start: str = "") -> None:
        """A paragraph; ``start`` stands in front of its first line, such as a number."""
        print(wrapped(text, start), flush=True)

    def lines(self, lines: Iterable[str]) -> None:
        """Lines as they are, indented."""
        for line in lines:
            print(f"{_INDENT}{line}".rstrip(), flush=True)

    def answer(
        self, question: Question, given: str | None, default: str, read: Callable[[str], T]
    ) -> T:
        """The answer: the option's text if given, else what the user types; without a user the
        default. ``read`` turns text into a value or raises Wrong; then the user is asked again.

        Raises Failure for a wrong option or default, at the end of the input, and after ten wrong
        answers.
        """
        if given is not None or not self.asks:
            value = self._taken(question, default if given is None else given, read)
            self.lines([f"{question.label}: {(default if given is None else given) or 'none'}"])
            return value
        self.say(question.why)
        return self._ask(lambda: self._line(question.label, default), default, read)

    def hidden(self, question: Question, read: Callable[[str], T]) -> T:
        """Like ``answer`` for a text that is not shown while it is typed, without a default."""
        self.say(question.why)
        return self._ask(lambda: _unseen(f"{_INDENT}{question.label} (not shown): "), "", read)

    def yes(self, question: str, *, default: bool) -> bool:
        """A question for yes or no; without a user the default."""
        if not self.asks:
            return default

        def read(text: str) -> bool:
            word = text.lower()
            if word not in _YES | _NO:
                raise Wrong("Please answer yes or no.")
            return word in _YES

        word = "yes" if default else "no"
        return self._ask(lambda: self._line(question, word), word, read)

    def _taken(self, question: Question, text: str, read: Callable[[str], T]) -> T:
        try:
            return read(text.strip())
        except Wrong as wrong:
            raise Failure(f"{question.option}: {wrong}", exit_code=USAGE) from None

    def _ask(self, line: Callable[[], str], default: str, read: Callable[[str], T]) -> T:
        for _ in range(MOST_TRIES):
            try:
                return read(_clean(line()) or default)
            except Wrong as wrong:
                self.say(redact(str(wrong)))
        raise Failure(f"{MOST_TRIES} answers in a row can't be used.")

    def _line(self, label: str, default: str) -> str:
        shown = f" [{default}]" if default else ""
        print(f"{_INDENT}{label}{shown}: ", end="", flush=True)
        line = sys.stdin.readline(LONGEST_LINE)
        if not line:
            print()
            raise _input_ended()
        return line


def _clean(line: str) -> str:
    """The answer in a typed line. Raises Wrong for control characters, such as those of an arrow
    key, and for bytes that are no text."""
    text = line.strip()
    if not text.isprintable() or _NO_TEXT in text:
        raise Wrong("The answer has characters that can't be shown. Type it again.")
    return text


def wrapped(text: str, start: str = "") -> str:
    """A paragraph, indented and at most as wide as a terminal."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=_INDENT + start,
        subsequent_indent=_INDENT + " " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _unseen(prompt: str) -> str:
    try:
        return getpass(prompt)
    except UnicodeDecodeError:
        raise Wrong("That is not text in the terminal's encoding.") from None
    except EOFError:
        print()
        raise _input_ended() from None


def _input_ended() -> Failure:
    return Failure("The input ended before the last question.")
