"""The official clients, pointed at the gateway by the line that docs/api.md gives: what they ask arrives,
and their refusals are explained."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from api_stand_in import BOT, HIDDEN, KEY, PAGE, TOKEN, StandIn, github, notion, slack, standing_in, stripe
from hookscope.api.credential import read_credential
from hookscope.api.directory import known_apis
from hookscope.api.gateway import Gateway
from hookscope.api.judge import Judge
from hookscope.model.call import Call
from node_packages import node_directory, node_environment

WITHIN_S = 20.0
# Some clients leave their connections to the collector of garbage.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What a client left is collected here, and not in a test that forbids it."""
    yield
    gc.collect()


@contextlib.asynccontextmanager
async def gateway(name: str, stand_in: StandIn) -> AsyncIterator[tuple[str, list[Call]]]:
    """The URL of an API behind a gateway, and the calls that passed, judged."""
    from dataclasses import replace

    from hookscope.session.calls import unpacked

    calls: list[Call] = []
    judge = Judge()

    def told(call: Call) -> None:
        calls.append(judge.judge(replace(unpacked(call), credential=read_credential(call.headers, call.target))))

    opened = Gateway({name: replace(known_apis()[name], base=stand_in.url)}, told)
    await opened.start(0)
    try:
        yield f"{opened.origin}/{name}", calls
    finally:
        await opened.stop()


async def use(client: Callable[[], object]) -> str:
    """What a client that blocks raised, as text."""

    def work() -> str:
        try:
            client()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    async with asyncio.timeout(WITHIN_S):
        return await asyncio.to_thread(work)


def first(call: Call) -> str:
    return call.findings[0].cause if call.findings else ""


@pytest.mark.parametrize(
    ("token", "ask", "cause"),
    [
        (TOKEN, lambda client: client.pages.retrieve(PAGE), ""),
        (TOKEN, lambda client: client.users.me(), ""),
        (TOKEN, lambda client: client.pages.retrieve(HIDDEN), "not-shared"),
        (TOKEN, lambda client: client.comments.create(parent={"page_id": PAGE}, rich_text=[]), "capability-missing"),
        (f'"{TOKEN}"', lambda client: client.users.me(), "token-malformed"),
        ("ntn_" + "00" * 23, lambda client: client.users.me(), "token-stale"),
        (KEY, lambda client: client.users.me(), "wrong-token-kind"),
    ],
)
async def test_notion_client_by_the_sdk(token: str, ask: Callable[[Any], object], cause: str) -> None:
    library = pytest.importorskip("notion_client")
    with standing_in(notion) as api:
        async with gateway("notion", api) as (url, calls):
            raised = await use(lambda: ask(library.Client(auth=token, base_url=url)))
    assert api.asked
    assert (first(calls[-1]), bool(raised)) == (cause, bool(cause))


async def test_stripe_by_the_sdk() -> None:
    library = pytest.importorskip("stripe")
    with standing_in(stripe) as api:
        async with gateway("stripe", api) as (url, calls):
            for key, cause in ((KEY, "entity-not-found"), ("pk_test_" + "b2" * 20, "wrong-token-kind")):
                client = library.StripeClient(key, base_addresses={"api": url}, max_network_retries=0)
                raised = await use(partial(client.v1.customers.retrieve, "cus_1"))
                assert "Error" in raised
                assert first(calls[-1]) == cause
    assert api.asked[0] == ("GET", "/v1/customers/cus_1")


async def test_slack_by_the_sdk() -> None:
    library = pytest.importorskip("slack_sdk")
    with standing_in(slack) as api:
        async with gateway("slack", api) as (url, calls):
            client = library.WebClient(token=BOT, base_url=f"{url}/api/")
            assert await use(client.auth_test) == ""
            assert first(calls[-1]) == ""
            raised = await use(lambda: client.chat_postMessage(channel="C1", text="x"))
            assert "missing_scope" in raised
            assert first(calls[-1]) == "capability-missing"
            assert "chat:write" in calls[-1].findings[0].hint
            await use(library.WebClient(token="xoxb-other-" + "2" * 40, base_url=f"{url}/api/").auth_test)
            assert first(calls[-1]) == "token-changed"
    assert api.asked[0] == ("POST", "/api/auth.test")


async def test_pygithub_by_the_sdk() -> None:
    library = pytest.importorskip("github")
    with standing_in(github) as api:
        async with gateway("github", api) as (url, calls):
            client = library.Github(auth=library.Auth.Token("ghp_" + "a1" * 18), base_url=url, retry=None)
            assert "Bad credentials" in await use(lambda: client.get_user().login)
            assert first(calls[-1]) == "token-stale"
    assert api.asked == [("GET", "/user")]


async def test_requests_by_the_sdk() -> None:
    library = pytest.importorskip("requests")
    with standing_in(notion) as api:
        async with gateway("notion", api) as (url, calls):
            headers = {"Authorization": f"Bearer {TOKEN}"}
            await use(lambda: library.get(f"{url}/v1/users/me", headers=headers, timeout=WITHIN_S))
            assert first(calls[-1]) == "version-header"
            await use(lambda: library.get(f"{url}/v1/users/me", timeout=WITHIN_S))
            assert first(calls[-1]) == "token-missing"


NODE = {
    "@notionhq/client@5": (
        "notion",
        notion,
        'const {{ Client }} = require("@notionhq/client"); const c = new Client({{ auth: "{token}", baseUrl: "{url}", logLevel: "error" }});'
        ' c.comments.create({{ parent: {{ page_id: "{page}" }}, rich_text: [] }}).catch(e => console.log(e.code));',
        TOKEN,
        "restricted_resource",
        "capability-missing",
    ),
    "@octokit/rest@20": (
        "github",
        github,
        'const {{ Octokit }} = require("@octokit/rest"); const c = new Octokit({{ auth: "{token}", baseUrl: "{url}", log: {{debug(){{}},info(){{}},warn(){{}},error(){{}}}} }});'
        " c.rest.users.getAuthenticated().catch(e => console.log(e.status));",
        "ghp_" + "a1" * 18,
        "401",
        "token-stale",
    ),
    "@slack/web-api@7": (
        "slack",
        slack,
        'const {{ WebClient }} = require("@slack/web-api"); const c = new WebClient("{token}", {{ slackApiUrl: "{url}/api/", retryConfig: {{ retries: 0 }} }});'
        ' c.chat.postMessage({{ channel: "C1", text: "x" }}).catch(e => console.log(e.data.error));',
        BOT,
        "missing_scope",
        "capability-missing",
    ),
}


@pytest.mark.parametrize("package", NODE)
async def test_nodes_clients_by_the_sdk(package: str) -> None:
    name, answers, program, token, printed, cause = NODE[package]
    directory = node_directory(package)
    with standing_in(answers) as api:
        async with gateway(name, api) as (url, calls):
            text = program.format(url=url, token=token, page=PAGE)
            done = await asyncio.to_thread(
                subprocess.run,
                ["node", "-e", text],
                cwd=directory,
                capture_output=True,
                timeout=WITHIN_S,
                encoding="utf-8",
            )
    assert printed in done.stdout, done.stderr
    assert first(calls[-1]) == cause


async def test_nodes_fetch() -> None:
    environment = node_environment()
    program = 'fetch("{url}/v1/users/me", {{ headers: {{ Authorization: "Bearer undefined" }} }}).then(async r => console.log(r.status, await r.text()))'
    with standing_in(notion) as api:
        async with gateway("notion", api) as (url, calls):
            done = await asyncio.to_thread(
                subprocess.run,
                ["node", "-e", program.format(url=url)],
                env=environment,
                capture_output=True,
                timeout=WITHIN_S,
                encoding="utf-8",
            )
    assert done.stdout.startswith("401 "), done.stderr
    assert json.loads(done.stdout[4:])["code"] == "unauthorized"
    assert first(calls[-1]) == "token-malformed"
