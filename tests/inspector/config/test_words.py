"""The words of configuration files are those of the program."""

from __future__ import annotations

from hookscope.alerts.parse import KINDS, OTHERS
from hookscope.commands.command import load
from hookscope.config.words import COMMANDS, ENDPOINT_NAME, TABLE_LISTS, TABLES
from hookscope.tools.redaction.rules import KEYS
from hookscope.tools.routes import parse


def test_every_command_is_there_under_its_name() -> None:
    assert [load(name).name for name in COMMANDS] == list(COMMANDS)


def test_one_table_has_a_commands_name_and_each_the_keys_that_its_room_reads() -> None:
    assert set(TABLES) & set(COMMANDS) == {"providers"}
    assert TABLES["redaction"] == set(KEYS)


def test_each_table_of_a_list_has_the_keys_that_its_room_reads() -> None:
    of_alerts = {*KINDS, *OTHERS, *(bound for bounds in KINDS.values() for bound in bounds)}
    assert {"alert": of_alerts, "route": set(parse.KEYS)} == TABLE_LISTS


def test_an_endpoints_name_leads_to_no_other_folder() -> None:
    assert ENDPOINT_NAME.fullmatch("shop-1.b")
    for name in ("", ".", "..", "../x", "a/b", "a\\b", "a\n", "-"):
        assert not ENDPOINT_NAME.fullmatch(name)
