"""Regular expressions that mean the same to every Python that we run on.

Before 3.11.5 a possessive repeat of more than one character does not step back from a last turn that fails midway
(https://github.com/python/cpython/issues/106052), so `(?:%[0-9]{2})++` takes the `%` of `%41%zz` too. For those it is
made an atomic group around a greedy repeat, which means the same and takes more memory.
"""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any, AnyStr

STEPS_BACK = sys.version_info >= (3, 11, 5)


def compile_pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`, for patterns with possessive repeats of groups."""
    return re.compile(text, flags) if STEPS_BACK else compile_atomic(text, flags)


def compile_atomic(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """The pattern with an atomic group for each possessive repeat of more than one character; its `pattern` is None."""
    parser, compiler = (importlib.import_module(f"re._{name}") for name in ("parser", "compiler"))
    tree = parser.parse(text, flags)
    _make_atomic(tree, parser, compiler)
    compiled: re.Pattern[AnyStr] = compiler.compile(tree, flags)
    return compiled


def _make_atomic(node: Any, parser: Any, compiler: Any) -> None:  # Any: the engine's own trees and modules
    if isinstance(node, parser.SubPattern):
        for at, (operation, value) in enumerate(node.data):
            if operation is parser.POSSESSIVE_REPEAT and not compiler._simple(value[2]):
                greedy = parser.SubPattern(node.state, [(parser.MAX_REPEAT, value)])
                node.data[at] = (parser.ATOMIC_GROUP, greedy)
            _make_atomic(value, parser, compiler)
    elif isinstance(node, (list, tuple)):
        for part in node:
            _make_atomic(part, parser, compiler)
