"""What there is to say of one call: why the API did not do what it was asked for, and what the calls before it show.

The subject is always the API: a call is the handler's question, and the API answers. The first finding is the one that
explains the outcome; those behind it are observations. Nothing here knows a token: a credential comes as its kind, its
fault and its fingerprint.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from hookscope.api.answer import RefusalRow, Said, is_page, read_answer, row_of, table_of
from hookscope.api.directory import Api, api_of_host, known_apis
from hookscope.api.endpoint import endpoint_of, needed
from hookscope.api.history import History
from hookscope.api.rule import call_rules
from hookscope.api.token import FAULTS, VERIFIES_DELIVERIES, describe_kind, fault_of, fix_of
from hookscope.model.call import Call
from hookscope.model.finding import Evidence, Finding, Layer, Severity
from hookscope.text.timestamp import render_time
from hookscope_relay.delivery import Answer, header
from hookscope_relay.hosts import split_url

NO_API = Api(name="", base="")
REFUSED = Said(status=0)

# The cause of a call without an answer.
FAILURES: Mapping[str, str] = {
    "refused": "connection-refused",
    "timeout": "connect-timeout",
    "dns": "dns-failure",
    "tls": "tls-certificate-untrusted",
    "reset": "connection-reset",
    "closed": "connection-reset",
    "bad-response": "malformed-response",
    "too-large": "malformed-response",
}
# Causes that a look at the credential may explain better, and those that a look at the version may.
ABOUT_TOKENS = frozenset(
    {
        "token-stale",
        "token-missing",
        "token-expired",
        "api-refused",
        "token-malformed",
        "capability-missing",
        "account-inactive",
    }
)
ABOUT_VERSIONS = frozenset(
    {"version-header", "validation-error", "not-found", "entity-not-found", "api-refused", "not-shared"}
)
# Hosted layers by a header that only they send, and the words of their refusals.
EDGES = (
    ("Cloudflare", "cf-ray"),
    ("CloudFront", "x-amz-cf-id"),
    ("Akamai", "x-akamai-request-id"),
    ("Fastly", "x-fastly-request-id"),
)


class CallFindings:
    """One call, and what there is to say of it."""

    def __init__(self, call: Call, history: History, bots: Collection[str], signing: Collection[str] = ()) -> None:
        base = split_url(call.base)
        host = ((base and base.hostname) or "").lower()
        self.call = call
        self.history = history
        self.bots = bots
        self.signing = signing
        self.said = read_answer(call.answer) if call.answer else REFUSED
        self.table = table_of(call.api, host)
        self.api = known_apis().get(call.api) or api_of_host(host) or NO_API
        self.title = self.table.title if self.table else self.api.title or call.api or host
        self.words = {
            "api": self.title,
            "method": call.method,
            "path": call.path[:120],
            "status": call.outcome,
            "token": call.credential.words if call.credential else "none",
        }

    # The outcome

    def outcome(self) -> Iterator[Finding]:
        """What explains that the API did not do what it was asked for."""
        call = self.call
        if call.failure is not None:
            yield self._failed()
        elif call.answer is not None and self.said.is_refusal:
            yield self._page(call.answer) or self._refused()
        elif call.answer is None:
            yield from self._foreseen()
        elif call.answer is not None and is_page(call.answer.headers, call.answer.body) and self.table is not None:
            yield self._find("login-page")

    def _foreseen(self) -> Iterator[Finding]:
        """What will be refused of a call that nobody has answered yet: its token's form and kind, and a version that is
        missing."""
        if (found := self._about_token("token-stale")) is not None:
            yield found
        if self.api.version and header(self.call.headers, self.api.version) is None and not self._is_open():
            yield self._find("version-header", more=f"has no {self.api.version} header")

    def _is_open(self) -> bool:
        """Whether the endpoint wants no token."""
        return any(self.call.path.startswith(path) for path in self.api.open if path != "/")

    def _failed(self) -> Finding:
        failure = self.call.failure
        assert failure is not None
        fact = Evidence(failure.detail or failure.kind, "failure")
        if self.call.abandoned:
            return self._find("call-abandoned", more=f" ({self.call.elapsed_ms / 1000:.1f} s)", facts=(fact,))
        return self._find(FAILURES.get(failure.kind, "connection-reset"), facts=(fact,), layer="transport")

    def _page(self, answer: Answer) -> Finding | None:
        """The finding where a web page stands in the place of the API's answer."""
        if not is_page(answer.headers, answer.body) or self.said.data is not None:
            return None
        edge = next((name for name, mark in EDGES if header(answer.headers, mark)), "")
        if edge and answer.status in (400, 403, 405, 406, 409, 421, 429, 503):
            fact = Evidence(f"a web page of {edge}, with status {answer.status}", "answer.body")
            return self._find("edge-refused", facts=(fact,), layer="edge", product=edge)
        if answer.status >= 500:
            return None
        return self._find("login-page", facts=(Evidence(f"a web page with status {answer.status}", "answer.body"),))

    def _refused(self) -> Finding:
        row = row_of(self.said, self.table)
        cause = row.cause
        if cause in ABOUT_TOKENS and (found := self._about_token(cause)) is not None:
            return found
        if cause in ABOUT_VERSIONS and (found := self._about_version(row)) is not None:
            return found
        if (
            cause in ("not-shared", "entity-not-found", "capability-missing")
            and (found := self._about_workspace()) is not None
        ):
            return found
        if cause == "token-stale" and (found := self._about_past()) is not None:
            return found
        needs = needed(self.call, self.said) if cause in ("capability-missing", "not-shared") else ""
        more = row.more or {"rate-limited": self._pace(), "validation-error": self._quoted()}.get(cause, "")
        known = bool(row.code or row.says)
        return self._find(
            cause,
            more=more,
            needs=f" “{needs}”" if needs else "",
            fix=row.fix,
            facts=self._facts(),
            alternatives=row.alternatives,
            confidence=0.96 if known else 0.8,
            layer="provider-api",
        )

    def _about_token(self, cause: str) -> Finding | None:
        """What the credential itself explains: that it is not there, malformed, or of another kind."""
        credential = self.call.credential
        if credential is None:
            is_token = cause in ("token-stale", "token-missing") or self.said.status == 401
            return self._find("token-missing", facts=self._facts()) if is_token and not self._is_open() else None
        kind = describe_kind(credential, self.api, self.title if self.table else "")
        if credential.digest and credential.digest in self.signing:
            kind = VERIFIES_DELIVERIES
        if cause == "capability-missing" and not kind:
            return None
        if fault := fault_of(credential, self.api):
            return self._find("token-malformed", more=FAULTS[fault], fix=fix_of(fault, self.api), facts=self._facts())
        return self._find("wrong-token-kind", more=kind, facts=self._facts()) if kind else None

    def _about_version(self, row: RefusalRow) -> Finding | None:
        """What the version header explains."""
        if not self.api.version:
            return None
        sent = header(self.call.headers, self.api.version)
        endpoint = endpoint_of(self.api.name, self.call.method, self.call.path)
        if sent is None and row.cause == "version-header":
            return self._find("version-header", more=f"has no {self.api.version} header", facts=self._facts())
        if sent is None or endpoint is None:
            return None
        if endpoint.since and sent < endpoint.since:
            more = f"names version {sent[:20]}, and this endpoint exists from {endpoint.since} on"
            return self._find(
                "version-header", more=more, fix=f"Send {self.api.version}: {endpoint.since}", facts=self._facts()
            )
        if endpoint.until and sent >= endpoint.until:
            more = f"names version {sent[:20]}, which has {endpoint.instead} in the place of this endpoint"
            return self._find(
                "version-header",
                more=more,
                fix=f"Call {endpoint.instead}".replace("{", "{{").replace("}", "}}"),
                facts=self._facts(),
            )
        return None

    def _about_workspace(self) -> Finding | None:
        """Whether the token's bot is none of those that may see the delivery's object."""
        digest = self.call.credential.digest if self.call.credential else ""
        own = self.history.bots.get(digest, "")
        if not own or not self.bots or own in self.bots:
            return None
        fact = Evidence(
            f"the token is bot {own}'s; the delivery names {', '.join(sorted(self.bots)[:3])}", "credential"
        )
        return self._find("wrong-workspace", facts=(fact, *self._facts()))

    def _about_past(self) -> Finding | None:
        """Whether this token, or another one, worked before."""
        good = self.history.good.get(self.call.api, {})
        digest = self.call.credential.digest if self.call.credential else ""
        if digest in good:
            return self._find("token-revoked", more=_clock(good[digest]), facts=self._facts())
        if good and digest:
            other, at = max(good.items(), key=lambda pair: pair[1])
            fact = Evidence(f"the token that worked has the fingerprint {other}", "credential")
            return self._find("token-changed", more=_clock(at), facts=(fact, *self._facts()), confidence=0.9)
        return None

    # Observations

    def observations(self) -> Iterator[Finding]:
        """What the calls before this one show of it."""
        call, history = self.call, self.history
        if (until := history.waits_until(call)) is not None:
            early = f" ({until - call.started_at:.1f} s early)"
            yield self._find("retry-after-ignored", more=early, severity="warning")
        if (times := history.futile(call)) > 1:
            yield self._find("futile-retry", more=f" (the {_nth(times)} time)", severity="warning")
        if self.api.limit and (rate := history.rate(call, self.api.limit)):
            yield self._find(
                "rate-exceeded", more=f": {rate:.1f} a second, where {self.api.limit:g} are allowed", severity="warning"
            )
        if (many := history.one_by_one(call)) and call.tie.delivery:
            yield self._find("n-plus-one", more=f" ({many} so far)", severity="info")
        if many := history.again(call):
            yield self._find("repeated-fetch", more=f" ({many} times within ten seconds)", severity="info")

    # Words

    def _find(
        self,
        cause: str,
        *,
        more: str = "",
        needs: str = "",
        fix: str = "",
        facts: tuple[Evidence, ...] = (),
        severity: Severity = "error",
        layer: Layer = "provider-api",
        product: str = "",
        confidence: float = 0.95,
        alternatives: tuple[str, ...] = (),
    ) -> Finding:
        words = {**self.words, "more": more, "needs": needs}
        return call_rules()[cause].find(
            words,
            evidence=facts or self._facts(),
            severity=severity,
            layer=layer,
            product=product or (self.title if self.table or self.api.name else ""),
            fix=fix,
            confidence=confidence,
            alternatives=alternatives,
        )

    def _facts(self) -> tuple[Evidence, ...]:
        """What was asked and what was said."""
        call = self.call
        facts = [Evidence(f"{call.method} {call.base}{call.path[:200]}", "call.target")]
        if call.answer is not None:
            message = f": {self.said.message[:300]}" if self.said.message else ""
            code = ", ".join(sorted(self.said.codes)[:3])
            facts.append(
                Evidence(
                    f"{self.title} said {call.answer.status}{f' ({code})' if code else ''}{message}", "answer.body"
                )
            )
        if call.credential is not None:
            facts.append(Evidence(f"{call.credential.place}: {call.credential.words}", "credential"))
        return tuple(facts)

    def _quoted(self) -> str:
        return f": {self.said.message[:160]}" if self.said.message else ""

    def _pace(self) -> str:
        waits = header(self.call.answer.headers, "Retry-After") if self.call.answer else None
        seen = self.history.count(self.call, 1.0)
        told = f"; Retry-After says {waits[:40]} s" if waits else ""
        return f" ({seen} within a second{told})" if seen > 1 or waits else ""


def _clock(at: float) -> str:
    return render_time(at)[:19].replace("T", " ") + " UTC"


def _nth(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")
