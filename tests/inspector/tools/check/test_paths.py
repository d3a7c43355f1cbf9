from __future__ import annotations

import pytest

from hookscope.tools.check.paths import other_slash

CASES = (("/a", "/a/"), ("/a/", "/a"), ("/a//", "/a"), ("/", "/"), ("", "/"), ("/a?b=/c", "/a/?b=/c"), ("/a/?", "/a?"))


@pytest.mark.parametrize(("target", "other"), CASES)
def test_the_other_slash(target, other):
    assert other_slash(target) == other
