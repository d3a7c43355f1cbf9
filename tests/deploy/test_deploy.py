"""The files under deploy/: each is of the form that its tool reads, and what it runs is run for real, without a Docker engine."""

from __future__ import annotations

import asyncio
import configparser
import json
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from factories import make_key, make_record
from hookscope.apps.relay import build_settings
from hookscope.commands.relay import COMMAND
from hookscope.config.settings import resolve
from hookscope_relay.settings import RelaySettings
from nats_servers import NatsServer, server_program
from raw_http import free_port
from relays import relaying
from self_signed import self_signed_pem
from torture.processes import Program

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
DOMAIN = "relay.example.org"
NODES = 3


def text(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def built(environ: Mapping[str, str], home: Path) -> RelaySettings:
    """The relay that a command line of `hookscope relay` and this environment make; every variable is one of ours."""
    (home / ".git").mkdir(exist_ok=True)
    known = {option.variable for option in COMMAND.options} | {"HOOKSCOPE_HOME", "HOOKSCOPE_ACCESS_TOKEN"}
    assert {name for name in environ if name.startswith("HOOKSCOPE_")} <= known
    settings = resolve(COMMAND.options, {}, {**environ, "HOOKSCOPE_HOME": str(home)}, "relay", home)
    return build_settings(settings)


def demand_cluster(made: RelaySettings) -> None:
    """Three servers, whose syncing is looked at, and a journal."""
    assert made.nats is not None
    assert (len(made.nats.servers), len(made.nats.monitors), made.nats.replicas) == (NODES, NODES, 3)
    assert not made.nats.accept_lazy_sync
    assert made.public_url == f"https://{DOMAIN}"
    assert made.trusted_proxies


# Dockerfile


def instructions() -> Iterator[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text("Dockerfile"), flags=re.MULTILINE))
    for line in filter(str.strip, joined.splitlines()):
        word, _, rest = line.partition(" ")
        yield word, rest.strip()


def image() -> dict[str, str]:
    """The environment of the final image."""
    found: dict[str, str] = {}
    for word, rest in instructions():
        if word == "FROM":
            found = {}
        if word == "ENV":
            found |= dict(part.split("=", 1) for part in shlex.split(rest))
    return found


def last(wanted: str) -> str:
    return [rest for word, rest in instructions() if word == wanted][-1]


def test_the_image_runs_as_nobody_and_takes_only_what_is_there() -> None:
    words = {
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "ENV",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
    }
    assert {word for word, _ in instructions()} == words
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last("USER"))
    bases = [rest for word, rest in instructions() if word == "FROM"]
    assert all(re.fullmatch(r"python:3\.\d+-slim( AS build)?", base) for base in bases)
    for word, rest in instructions():
        if word == "COPY" and "--from" not in rest:
            assert all((ROOT / source).exists() for source in rest.split()[:-1])
    assert last("EXPOSE") == image()["HOOKSCOPE_PORT"]
    assert last("VOLUME") == image()["HOOKSCOPE_HOME"]


def test_what_the_image_installs_is_what_the_project_offers() -> None:
    (install,) = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    extras = re.findall(r"\.\[(\w+)\]", install)
    assert set(extras) <= set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]
    copied = {source for word, rest in instructions() if word == "COPY" for source in rest.split()[:-1]}
    assert {Path(package).parts[0] for package in wheel} <= copied


@pytest.mark.skipif("HOOKSCOPE_DEPLOY" not in os.environ, reason="builds a wheel and fetches what it needs")
def test_the_images_own_commands_build_an_environment_that_serves(tmp_path: Path) -> None:
    (install,) = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    command = install.replace("/opt/hookscope", str(tmp_path / "opt")).replace("python -m", f"{sys.executable} -m", 1)
    subprocess.run(command, shell=True, check=True, cwd=ROOT, timeout=600)
    serves = [tmp_path / "opt/bin/hookscope", *json.loads(last("ENTRYPOINT"))[1:], "--help"]
    assert "--store" in subprocess.run(serves, check=True, capture_output=True, text=True, timeout=60).stdout


async def test_the_entry_point_and_the_health_check_work_together(tmp_path: Path, nats: NatsServer) -> None:
    """As in the container, but for the place of its files, and with a server of the tests."""
    entry, check = json.loads(last("ENTRYPOINT")), json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    port = free_port()
    environ = {
        **image(),
        "HOOKSCOPE_HOME": str(tmp_path),
        "HOOKSCOPE_BIND": "127.0.0.1",
        "HOOKSCOPE_PORT": str(port),
        "HOOKSCOPE_PUBLIC_URL": f"https://{DOMAIN}",
        "HOOKSCOPE_STORE": nats.url,
        "HOOKSCOPE_NATS_REPLICAS": "1",
        "HOOKSCOPE_ACCEPT_LAZY_SYNC": "yes",
        "HOOKSCOPE_KEEP_TOTAL": "64MiB",
    }
    asking = [sys.executable, str(DEPLOY / Path(check[1]).name)]
    setting = "\n".join(
        f"import os; os.environ[{name!r}] = {value!r}" for name, value in environ.items() if name != "PATH"
    )
    assert (await asyncio.to_thread(subprocess.run, asking, env=environ, timeout=30)).returncode != 0
    assert entry[0] == "hookscope"
    async with Program(tmp_path, *entry[1:], preamble=setting) as relay:
        await relay.start()
        await relay.said("listening")
        assert (await asyncio.to_thread(subprocess.run, asking, env=environ, timeout=30)).returncode == 0
        assert await relay.stop() == 0


# Compose, Kubernetes


def test_compose_has_three_servers_two_relays_and_a_proxy(tmp_path: Path) -> None:
    composed = yaml.safe_load(text("compose.yaml"))
    services = composed["services"]
    assert set(services) == {"nats1", "nats2", "nats3", "relay1", "relay2", "caddy"}
    for name, service in services.items():
        assert {"image", "restart", "networks"} <= set(service)
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            assert source in composed["volumes"] or source.startswith("$") or (DEPLOY / source).is_file()
        if not name.startswith("caddy"):
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
        assert set(service.get("depends_on", ())) <= set(services)
    for name in ("relay1", "relay2"):
        environ = {
            key: re.sub(r"\$\{HOOKSCOPE_DOMAIN[^}]*\}", DOMAIN, value)
            for key, value in services[name]["environment"].items()
        }
        made = built({**image(), **environ}, tmp_path)
        demand_cluster(made)
        assert {server.partition("//")[2].partition(":")[0] for server in made.nats.servers} == {
            "nats1",
            "nats2",
            "nats3",
        }
        assert (ROOT / "deploy" / services[name]["build"]["context"] / services[name]["build"]["dockerfile"]).is_file()


def test_every_server_of_compose_reads_its_configuration_and_knows_the_others(tmp_path: Path) -> None:
    services = yaml.safe_load(text("compose.yaml"))["services"]
    for name in ("nats1", "nats2", "nats3"):
        environ = {**os.environ, **services[name]["environment"]}
        checked = subprocess.run(
            [server_program(), "-t", "-c", str(DEPLOY / "nats.conf")],
            env=environ,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert "configuration file" in checked.stderr + checked.stdout
        assert checked.returncode == 0, checked.stderr
        routes = re.findall(r"nats-route://(\w+):6222", environ["NATS_ROUTES"])
        assert set(routes) == {"nats1", "nats2", "nats3"} - {name}
    assert re.search(r"^\s*sync_interval: always$", text("nats.conf"), re.MULTILINE)


def documents() -> dict[tuple[str, str], Any]:
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text("kubernetes.yaml"))}


def test_kubernetes_runs_servers_apart_and_relays_that_are_what_they_say(tmp_path: Path) -> None:
    made = documents()
    assert all({"apiVersion", "kind", "metadata"} <= set(one) for one in made.values())
    assert all(
        one["metadata"].get("namespace") == "hookscope" for (kind, _), one in made.items() if kind != "Namespace"
    )
    for name, replicas in (("nats", 3), ("relay", 2)):
        one = made["StatefulSet", name]["spec"]
        assert one["replicas"] == replicas
        pod = one["template"]
        labels = pod["metadata"]["labels"]
        assert one["selector"]["matchLabels"] == labels == made["Service", name]["spec"]["selector"]
        assert made["PodDisruptionBudget", name]["spec"]["selector"]["matchLabels"] == labels
        (container,) = pod["spec"]["containers"]
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        volumes = {volume["name"] for volume in pod["spec"].get("volumes", ())}
        assert mounts == volumes | {claim["metadata"]["name"] for claim in one["volumeClaimTemplates"]}
        assert all(probe in container for probe in ("startupProbe", "readinessProbe", "livenessProbe"))
    relay = made["StatefulSet", "relay"]["spec"]["template"]["spec"]["containers"][0]
    settings = built({**image(), **{one["name"]: one["value"] for one in relay["env"]}}, tmp_path)
    demand_cluster(settings)
    assert relay["ports"] == [{"containerPort": settings.port}]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = relay[probe]["httpGet"]
        assert asked["path"] in {"/-/ready", "/-/health"}
        assert asked["httpHeaders"] == [{"name": "Host", "value": DOMAIN}]
    rules = made["Ingress", "relay"]["spec"]["rules"]
    assert [rule["host"] for rule in rules] == [DOMAIN, f"*.{DOMAIN}"]
    for rule in rules:
        (path,) = rule["http"]["paths"]
        assert path["backend"]["service"]["port"]["name"] == made["Service", "relay"]["spec"]["ports"][0]["name"]


def test_kubernetes_servers_read_their_configuration(tmp_path: Path) -> None:
    file = tmp_path / "nats.conf"
    file.write_text(documents()["ConfigMap", "nats"]["data"]["nats.conf"])
    assert "sync_interval: always" in file.read_text()
    checked = subprocess.run(
        [server_program(), "-t", "-c", str(file)],
        env={**os.environ, "POD_NAME": "nats-0"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert checked.returncode == 0, checked.stderr


# systemd, Fly, Render


@pytest.mark.parametrize("name", ["hookscope-relay.service", "hookscope-node.service"])
def test_a_unit_starts_a_relay_that_its_settings_make(name: str, tmp_path: Path) -> None:
    lines = [line for line in text(name).splitlines() if not line.startswith("#")]
    environ = dict(line.removeprefix("Environment=").split("=", 1) for line in lines if line.startswith("Environment="))
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string("\n".join(lines))
    assert set(parser.sections()) == {"Unit", "Service", "Install"}
    assert parser["Service"]["ExecStart"] == "/opt/hookscope/bin/hookscope relay --json"
    assert float(parser["Service"]["TimeoutStopSec"]) > RelaySettings().deadline_s
    made = built(environ, tmp_path)
    if name == "hookscope-node.service":
        demand_cluster(made)
        assert made.nats.credentials == Path("%d/relay.creds")
        assert "relay.creds:" in parser["Service"]["LoadCredential"]
    if verify := shutil.which("systemd-analyze"):
        told = subprocess.run([verify, "verify", str(DEPLOY / name)], capture_output=True, text=True, timeout=60)
        wrong = [line for line in told.stderr.splitlines() if name in line and "is not executable" not in line]
        assert wrong == []


def test_fly_runs_one_relay_with_its_log_in_a_volume(tmp_path: Path) -> None:
    fly = tomllib.loads(text("fly.toml"))
    assert {"app", "build", "env", "mounts", "http_service"} <= set(fly)
    assert (DEPLOY / fly["build"]["dockerfile"]).is_file()
    made = built({**image(), **fly["env"]}, tmp_path)
    assert fly["http_service"]["internal_port"] == made.port
    assert fly["mounts"]["destination"] == image()["HOOKSCOPE_HOME"]
    assert fly["kill_timeout"] > made.deadline_s
    (check,) = fly["http_service"]["checks"]
    assert made.public_url == f"https://{check['headers']['Host']}"


def test_render_runs_one_relay_with_its_log_on_a_disk(tmp_path: Path) -> None:
    (service,) = yaml.safe_load(text("render.yaml"))["services"]
    environ = {one["key"]: one.get("value", "made by Render") for one in service["envVars"]}
    made = built({**image(), **environ}, tmp_path)
    assert str(made.port) == environ["PORT"]
    assert service["disk"]["mountPath"] == image()["HOOKSCOPE_HOME"]
    assert (ROOT / service["dockerfilePath"]).is_file()
    assert service["maxShutdownDelaySeconds"] > made.deadline_s
    assert made.access_token


# Caddy


@pytest.mark.skipif(shutil.which("caddy") is None, reason="needs caddy")
async def test_caddy_serves_the_host_and_its_subdomains_over_tls(tmp_path: Path) -> None:
    certificate, key = tmp_path / "fullchain.pem", tmp_path / "privkey.pem"
    for path, content in zip((certificate, key), self_signed_pem(), strict=True):
        path.write_bytes(content)
    trusting = ssl.create_default_context(cadata=certificate.read_text())
    trusting.check_hostname = False
    port = free_port()
    async with relaying(public_url=f"https://{DOMAIN}", trusted_proxies=("127.0.0.1",)) as relay:
        assert relay._log is not None
        record = make_record(make_key())
        await relay._log.keep_endpoint(record)
        environ = {
            **os.environ,
            "HOME": str(tmp_path),
            "HOOKSCOPE_DOMAIN": DOMAIN,
            "HOOKSCOPE_HTTPS_PORT": str(port),
            "HOOKSCOPE_CERT": str(certificate),
            "HOOKSCOPE_KEY": str(key),
            "HOOKSCOPE_RELAYS": f"127.0.0.1:{relay.settings.port}",
        }
        command = ["caddy", "run", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"]
        caddy = await asyncio.create_subprocess_exec(*command, env=environ, stderr=asyncio.subprocess.DEVNULL)
        try:
            for host, target in ((DOMAIN, f"/{record.id}/a%2Fb?x=%20"), (f"{record.id}.{DOMAIN}", "/a%2Fb")):
                head, body = await _ask(port, trusting, host, target)
                assert head.startswith(b"HTTP/1.1 202"), head
                assert body == b"Stored.\n"
            records = await relay._log.read(record.id, 0, 9)
            assert len(records) == 2
            assert (await _ask(port, trusting, DOMAIN, "/-/metrics"))[0].startswith(b"HTTP/1.1 404")
            assert (await _ask(port, trusting, DOMAIN, "/-/ready"))[0].startswith(b"HTTP/1.1 200")
        finally:
            caddy.terminate()
            await caddy.wait()


async def _ask(port: int, context: ssl.SSLContext, host: str, target: str) -> tuple[bytes, bytes]:
    """One request, once the proxy listens and knows that its relay is well."""
    for _ in range(200):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=host)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith((b"HTTP/1.1 502", b"HTTP/1.1 503")):
            return head, body
        await asyncio.sleep(0.05)
    raise AssertionError("the proxy does not answer")


def test_every_file_here_is_looked_at() -> None:
    looked_at = set(re.findall(r'"([\w.-]+)"', Path(__file__).read_text("utf-8"))) | {
        Path(json.loads(last("HEALTHCHECK").partition("CMD ")[2])[1]).name
    }
    assert {file.name for file in DEPLOY.iterdir()} - {"nginx.conf"} <= looked_at
