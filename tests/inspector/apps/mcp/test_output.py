from __future__ import annotations

import sys
import threading
from collections.abc import Sequence

import pytest

from hookscope.apps.mcp.output import Output, perform, streams_apart
from hookscope.model.errors import NoSuchCapture


def test_commands_that_run_side_by_side_keep_what_each_prints(capsys: pytest.CaptureFixture[str]) -> None:
    meet = threading.Barrier(2)

    def run(line: Sequence[str]) -> int:
        print(f"{line[0]} begins")
        meet.wait(10)
        print(f"{line[0]} ends", file=sys.stderr)
        return 1

    outputs: dict[str, Output] = {}
    with streams_apart() as streams:

        def work(name: str) -> None:
            outputs[name] = perform(run, [name], streams)

        threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print("beyond")
    assert outputs == {name: Output(1, f"{name} begins\n", f"{name} ends\n") for name in ("a", "b")}
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "beyond\n")


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [(NoSuchCapture("no 9", "look"), 10, "hookscope: no 9; look\n"), (ZeroDivisionError("x"), 3, "a bug of ours")],
)
def test_an_error_is_a_sentence_and_its_code(error: Exception, code: int, says: str) -> None:
    def run(line: Sequence[str]) -> int:
        raise error

    with streams_apart() as streams:
        output = perform(run, [], streams)
    assert output.exit_code == code
    assert says in output.errors


def test_the_streams_are_what_they_were_afterwards() -> None:
    before = sys.stdout, sys.stderr
    with pytest.raises(KeyError), streams_apart():
        raise KeyError
    assert (sys.stdout, sys.stderr) == before
