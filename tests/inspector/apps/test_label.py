"""What other sessions are told of this one."""

from __future__ import annotations

import getpass
import socket

import pytest

from hookscope.apps.label import own_label
from hookscope.commands.listen import LISTEN_OPTIONS
from hookscope.config.settings import resolve
from hookscope_relay.wire import MAX_LABEL


def label(tmp_path, given):
    return own_label(resolve(LISTEN_OPTIONS, given, {"HOOKSCOPE_HOME": str(tmp_path)}, "listen", tmp_path))


GIVEN = {"a name": ("Ada", "Ada"), "none at all": ("", ""), "one that would act": ("a\x1b[2J\nb", "a\u241b[2J\u240ab")}


@pytest.mark.parametrize(("given", "told"), GIVEN.values(), ids=GIVEN)
def test_a_label_that_is_given_is_told_inert(given, told, tmp_path):
    assert label(tmp_path, {"label": given}) == told


def test_a_long_one_is_cut(tmp_path):
    assert len(label(tmp_path, {"label": "x" * 500})) == MAX_LABEL


def nameless() -> str:
    raise KeyError("getpwuid(): uid not found: 12345")


USERS = {"a user": (lambda: "ada", "ada@laptop"), "a number only": (nameless, "laptop")}


@pytest.mark.parametrize(("user", "told"), USERS.values(), ids=USERS)
def test_else_it_is_the_user_and_the_machine(user, told, tmp_path, monkeypatch):
    monkeypatch.setattr(getpass, "getuser", user)
    monkeypatch.setattr(socket, "gethostname", lambda: "laptop.lan")
    assert label(tmp_path, {}) == told
