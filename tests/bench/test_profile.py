"""How samples of stacks are counted."""

from __future__ import annotations

from contest.profile import count_stacks, module_of, parse_stacks

RAW = """\
thread (1): MainThread;<module> (bin/hookscope:8);run (asyncio/runners.py:190);keep (hookscope/store/captures.py:40);execute (sqlite3/x.py:1) 30
thread (1): MainThread;run (asyncio/runners.py:190);keep (hookscope/store/captures.py:44) 10
thread (2);serve (hookscope_relay/hub.py:7);seal (hookscope_relay/sealing.py:9);dumps (json/__init__.py:231) 5
thread (2);wait (threading.py:300) 5

not a line of samples
"""


def test_a_sample_belongs_to_the_deepest_module_of_our_own():
    modules, functions = count_stacks(parse_stacks(RAW))
    assert modules == {"hookscope/store/captures.py": 40, "hookscope_relay/sealing.py": 5, "threading.py": 5}
    assert functions["execute (sqlite3/x.py)"] == 30
    assert functions["keep (hookscope/store/captures.py)"] == 10


def test_a_stack_without_frames_belongs_to_nothing():
    assert module_of(["thread (1)"]) == "(nothing)"
    assert parse_stacks("") == []
