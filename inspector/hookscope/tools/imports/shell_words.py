"""A pasted command line as words, read as a POSIX shell or bash would, with nothing run and nothing looked up.

Quotes, backslashes, `$'…'` and line continuations are understood. A variable or a command substitution has a value that
only the user's shell knows, so it is refused. What follows a pipe, a redirection's file and comments are left out.
"""

from __future__ import annotations

import re

from hookscope_relay.errors import InputError

_ANSI_ESCAPE = re.compile(
    r"\\(?:(?P<letter>[abeEfnrtv\\'\"?])|x(?P<hex>[0-9A-Fa-f]{1,2})|u(?P<four>[0-9A-Fa-f]{1,4})"
    r"|U(?P<eight>[0-9A-Fa-f]{1,8})|(?P<octal>[0-7]{1,3})|c(?P<control>.))",
    re.DOTALL,
)
_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_EXPANSION = re.compile(r"\$[A-Za-z_0-9({@*#?$!-]")
_SEPARATORS = "\n;&|"
# Runs of what has no meaning of its own, within a word and within double quotes.
_PLAIN = re.compile(r"[^\s'\"\\$`;&|<>]+")
_PLAIN_QUOTED = re.compile(r"[^\"\\$`]+")


def split_commands(line: str, where: str) -> list[list[bytes]]:
    """The commands of the text, each as its words; bytes that are not UTF-8 come in as lone surrogates
    (`surrogateescape`)."""
    return _Splitter(line.replace("\r\n", "\n"), where).commands()


class _Splitter:
    """Reads one text from front to back."""

    def __init__(self, line: str, where: str) -> None:
        self.line = line
        self.where = where
        self.at = 0

    def commands(self) -> list[list[bytes]]:
        commands: list[list[bytes]] = []
        words: list[bytes] = []
        piped = False
        while self.at < len(self.line):
            letter = self.line[self.at]
            if letter in _SEPARATORS:
                if words and not piped:
                    commands.append(words)
                words = []
                self.at += 1
                # What reads from a pipe is another program's business; `||` only runs after a failure.
                piped = letter == "|" or (piped and letter not in "\n;&")
            elif letter in " \t":
                self.at += 1
            elif self.line.startswith("\\\n", self.at):
                self.at += 2
            elif letter == "#":
                self._skip_comment()
            elif letter in "<>":
                self._redirection(words)
            else:
                word = self._word()
                if word is not None:
                    words.append(word)
        return [*commands, words] if words and not piped else commands

    def _skip_comment(self) -> None:
        end = self.line.find("\n", self.at)
        self.at = len(self.line) if end < 0 else end

    def _redirection(self, words: list[bytes]) -> None:
        if self.line[self.at] == "<":
            raise self._refused("takes input from a file or a here-document", "write the content into the command")
        if words and words[-1].isdigit() and self.line[self.at - 1].isdigit():
            words.pop()  # the number of the stream, as in 2>/dev/null
        while self.at < len(self.line) and self.line[self.at] in ">&| \t":
            self.at += 1
        self._word()

    def _word(self) -> bytes | None:
        """The word that begins here; None for nothing but a line continuation."""
        parts: list[bytes] = []
        quoted = False
        while self.at < len(self.line):
            letter = self.line[self.at]
            if letter in " \t<>" or letter in _SEPARATORS:
                break
            if letter == "\\":
                parts.append(self._backslash())
            elif letter == "'":
                parts.append(self._single())
                quoted = True
            elif letter == '"' or self.line.startswith('$"', self.at):
                self.at += letter == "$"  # bash would look up a translation
                parts.append(self._double())
                quoted = True
            elif self.line.startswith("$'", self.at):
                parts.append(self._ansi())
                quoted = True
            else:
                parts.append(_encoded(self._run(_PLAIN)))
        word = b"".join(parts)
        return word if word or quoted else None

    def _backslash(self) -> bytes:
        following = self.line[self.at + 1 : self.at + 2]
        self.at += 2
        # At the very end a backslash stands for itself.
        return b"" if following == "\n" else _encoded(following or "\\")

    def _single(self) -> bytes:
        end = self.line.find("'", self.at + 1)
        if end < 0:
            raise self._unclosed()
        text, self.at = self.line[self.at + 1 : end], end + 1
        return _encoded(text)

    def _double(self) -> bytes:
        start = self.at
        parts: list[str] = []
        self.at += 1
        while self.at < len(self.line):
            letter = self.line[self.at]
            if letter == '"':
                self.at += 1
                return _encoded("".join(parts))
            if letter == "\\" and self.line[self.at + 1 : self.at + 2] in ('"', "\\", "$", "`", "\n"):
                following = self.line[self.at + 1]
                parts.append("" if following == "\n" else following)
                self.at += 2
                continue
            parts.append(self._run(_PLAIN_QUOTED))
        self.at = start
        raise self._unclosed()

    def _ansi(self) -> bytes:
        start = self.at
        parts: list[bytes] = []
        self.at += 2
        while self.at < len(self.line):
            letter = self.line[self.at]
            if letter == "'":
                self.at += 1
                return b"".join(parts).partition(b"\0")[0]  # as in bash, whose words end with a NUL
            match = _ANSI_ESCAPE.match(self.line, self.at)
            parts.append(_unescaped(match) if match else _encoded(letter))
            self.at = match.end() if match else self.at + 1
        self.at = start
        raise self._unclosed()

    def _run(self, plain: re.Pattern[str]) -> str:
        """What stands for itself from here on; a lone `$` does."""
        start = self.at
        self._check(start)
        match = plain.match(self.line, start)
        self.at = match.end() if match else start + 1
        return self.line[start : self.at]

    def _check(self, at: int) -> None:
        if self.line[at] == "`" or _EXPANSION.match(self.line, at):
            part = self.line[at : at + 20].partition("\n")[0]
            raise self._refused(
                f"has {part!r} at character {at + 1}, whose value only a shell knows", "write its value in"
            )

    def _unclosed(self) -> InputError:
        return self._refused(f"has a quote at character {self.at + 1} that is not closed", "paste the whole command")

    def _refused(self, what: str, remedy: str) -> InputError:
        return InputError(f"{self.where}: the command {what}", remedy)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _unescaped(match: re.Match[str]) -> bytes:
    """What an escape of `$'…'` stands for (bash's manual, ANSI-C Quoting)."""
    kind, value = next((name, text) for name, text in match.groupdict().items() if text is not None)
    if kind == "letter":
        return _LETTERS.get(value, value).encode()
    if kind in ("hex", "octal"):
        return bytes([int(value, 16 if kind == "hex" else 8) & 0xFF])
    if kind == "control":
        return bytes([ord(value[0]) & 0x1F])
    code = int(value, 16)
    return chr(code).encode("utf-8", "surrogatepass") if code <= 0x10FFFF else b"\xef\xbf\xbd"
