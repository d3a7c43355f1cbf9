"""The kinds of secrets that are known by their shape, wherever they stand: one row each.

A row's `marks` are texts of which one must be there before the pattern is tried, so that a body without secrets costs
little; they are compared without case where the pattern begins with `(?i)`, which then writes its own letters small.
The group `secret` is what is replaced, else the whole match. Every repetition is bounded or possessive, so no text
makes a pattern slow. The shapes are those that the services themselves document or publish for secret scanning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from hookscope.payload.forms import unquote
from hookscope.text.pattern import compile_pattern

# What a name before a value says: `password=…`, `"api_key": "…"`, `<secret>…</secret>`.
_NAMES = (
    r"(?:pass(?:word|wd|phrase|code)|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|secret[_-]?key"
    r"|signing[_-]?key|account[_-]?key|shared[_-]?key|shared[_-]?access[_-]?key|client[_-]?secret|credentials?)"
)
_NAME_MARKS = ("pass", "secret", "token", "key", "credential")
ANY_CASE = "(?i)"
_ESCAPE = re.compile(r"\\u00([0-7][0-9a-fA-F])")
# What an escape is made of after its first character: `%EA`, `\u0041`.
_IN_ESCAPES = "0123456789abcdefu"
# No secret of any kind is told by less than this.
SHORTEST = 7
_LONG = 64 * 1024
_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def _word(start: str, no: str = "A-Za-z0-9") -> str:
    """The start of a pattern, with none of these characters before it. The look back comes second, so that the engine
    can skip what no match begins with."""
    return f"{start}(?<![{no}]{start})"


@dataclass(frozen=True)
class Kind:
    """One kind of secret: its name, the marks that it cannot be without, and its pattern."""

    name: str
    marks: tuple[str, ...]
    pattern: str

    @cached_property
    def any_case(self) -> bool:
        """Whether marks and pattern are compared without case."""
        return self.pattern.startswith(ANY_CASE)


KINDS: tuple[Kind, ...] = (
    # Payment
    Kind("stripe-key", ("k_live_", "k_test_"), r"[prs]k_(?:live|test)_[A-Za-z0-9]{8,}+"),
    Kind("webhook-signing-secret", ("whsec_", "whsk_"), r"whs(?:ec|k)_[A-Za-z0-9+/_-]{8,}+={0,2}"),
    Kind("square-token", ("sq0",), r"sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{20,}+"),
    Kind("square-access-token", ("EAAA",), _word("EAAA") + r"[A-Za-z0-9_-]{56,}+"),
    Kind("braintree-token", ("access_token$",), r"access_token\$(?:production|sandbox)\$[0-9a-z]{8,}+\$[0-9a-f]{16,}+"),
    Kind("razorpay-key", ("rzp_",), r"rzp_(?:live|test)_[A-Za-z0-9]{10,}+"),
    Kind("flutterwave-key", ("FLWSECK",), r"FLWSECK(?:_TEST)?-[A-Za-z0-9-]{12,}+"),
    Kind("plaid-token", ("access-",), r"(?:access|public|link)-(?:sandbox|development|production)-" + _UUID),
    Kind("adyen-api-key", ("AQE",), _word("AQE") + r"[A-Za-z0-9]{8,}+[A-Za-z0-9+/=.-]{40,}+"),
    # Code and packages
    Kind("github-token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{20,}+"),
    Kind("github-fine-grained-token", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{20,}+"),
    Kind("gitlab-token", ("gl",), r"gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|imt|oas|ffct)-[A-Za-z0-9_.-]{16,}+"),
    Kind("bitbucket-token", ("ATBB",), _word("ATBB") + r"[A-Za-z0-9_=.-]{20,}+"),
    Kind("npm-token", ("npm_",), r"npm_[A-Za-z0-9]{30,}+"),
    Kind("pypi-token", ("pypi-",), r"pypi-[A-Za-z0-9_-]{40,}+"),
    Kind("rubygems-key", ("rubygems_",), r"rubygems_[0-9a-f]{40,}+"),
    Kind("docker-token", ("dckr_",), r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}+"),
    Kind("buildkite-token", ("bkua_", "bkct_"), r"bk(?:ua|ct)_[0-9a-z]{30,}+"),
    Kind("sentry-token", ("sntry",), r"sntry[su]_[A-Za-z0-9+/=_-]{30,}+"),
    # Chat and work
    Kind("slack-token", ("xox",), r"xox[abceoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}+"),
    Kind("slack-app-token", ("xapp-",), r"xapp-[A-Za-z0-9-]{20,}+"),
    Kind(
        "slack-webhook-url",
        ("hooks.slack.com",),
        r"hooks\.slack(?:-gov)?\.com/(?P<secret>(?:services|workflows|triggers)/[A-Za-z0-9/_-]{10,}+)",
    ),
    Kind(
        "discord-webhook-url",
        ("api/webhooks/",),
        r"discord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/(?P<secret>[0-9]{5,25}/[A-Za-z0-9_-]{20,}+)",
    ),
    Kind(
        "discord-bot-token",
        (".",),
        _word("[MNO]", "A-Za-z0-9_-") + r"[A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}+",
    ),
    Kind(
        "teams-webhook-url",
        ("webhook.office.com",),
        r"webhook\.office\.com/(?P<secret>webhookb2/[A-Za-z0-9@/-]{20,}+)",
    ),
    Kind("telegram-bot-token", (":AA",), _word("[0-9]", "0-9") + r"[0-9]{5,11}:AA[A-Za-z0-9_-]{30,}+"),
    Kind("notion-token", ("ntn_",), r"ntn_[A-Za-z0-9]{16,}+"),
    Kind("notion-secret", ("secret_",), _word("secret_") + r"[A-Za-z0-9]{16,}+"),
    Kind("linear-key", ("lin_",), r"lin_(?:api|wh|oauth)_[A-Za-z0-9]{20,}+"),
    Kind("airtable-token", ("pat",), _word("pat") + r"[A-Za-z0-9]{14}\.[0-9a-f]{40,}+"),
    Kind("asana-token", ("/",), _word("[0-9]") + r"/[0-9]{10,20}(?:/[0-9]{10,20})?:[0-9a-f]{32}"),
    Kind("figma-token", ("figd_",), r"figd_[A-Za-z0-9_-]{20,}+"),
    Kind("atlassian-token", ("ATATT3", "ATCTT3"), r"AT[AC]TT3[A-Za-z0-9_=.-]{40,}+"),
    Kind("postman-key", ("PMAK-",), r"PMAK-[0-9a-f]{20,}+-[0-9a-f]{20,}+"),
    Kind("hubspot-token", ("pat-",), _word("pat-") + r"[a-z]{2,3}[0-9]-" + _UUID),
    Kind("contentful-token", ("CFPAT-",), r"CFPAT-[A-Za-z0-9_-]{30,}+"),
    Kind("dropbox-token", ("sl.",), _word(r"sl\.") + r"(?:u\.)?[A-Za-z0-9_-]{60,}+"),
    Kind("facebook-token", ("EAA",), _word("EAA") + r"[A-Za-z0-9]{50,}+"),
    Kind("shopify-token", ("shp",), r"shp(?:at|ca|pa|ss|ua)_[0-9a-fA-F]{24,}+"),
    # Mail and messages
    Kind("sendgrid-key", ("SG.",), r"SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}+"),
    Kind("mailgun-key", ("key-",), _word("key-") + r"[0-9a-f]{32}"),
    Kind("mailchimp-key", ("-us",), _word("[0-9a-f]", "0-9a-f") + r"[0-9a-f]{31}-us[0-9]{1,2}"),
    Kind("resend-key", ("re_",), _word("re_") + r"[A-Za-z0-9]{6,12}_[A-Za-z0-9]{16,}+"),
    Kind("twilio-key", ("SK",), _word("SK") + r"[0-9a-f]{32}"),
    Kind("brevo-key", ("xkeysib-", "xsmtpsib-"), r"x(?:key|smtp)sib-[0-9a-f]{40,}+-[A-Za-z0-9]{8,}+"),
    # Clouds
    Kind("aws-access-key-id", ("AKIA", "ASIA", "ABIA", "ACCA"), _word("A(?:KIA|SIA|BIA|CCA)") + r"[A-Z0-9]{16}"),
    Kind(
        "aws-secret-key",
        ("aws",),
        r"(?i)aws[a-z_.-]{0,30}?key[\"'\s]{0,3}[=:][\"'\s]{0,3}(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
    ),
    Kind(
        "aws-presigned-url",
        ("x-amz-",),
        r"(?i)x-amz-(?:signature|credential|security-token)=(?P<secret>[^&\s\"'<>]{8,}+)",
    ),
    Kind("azure-sas", ("sig=",), r"(?i)[?&;]sig=(?P<secret>[A-Za-z0-9%+/=_-]{20,}+)"),
    Kind(
        "azure-account-key",
        ("accountkey=", "accesskey="),
        r"(?i)(?:accountkey|accesskey)=(?P<secret>[A-Za-z0-9+/]{20,}+={0,2})",
    ),
    Kind("google-api-key", ("AIza",), r"AIza[0-9A-Za-z_-]{30,}+"),
    Kind("google-access-token", ("ya29.",), r"ya29\.[0-9A-Za-z_-]{16,}+"),
    Kind("google-refresh-token", ("1//0",), r"1//0[0-9A-Za-z_-]{20,}+"),
    Kind("google-client-secret", ("GOCSPX-",), r"GOCSPX-[0-9A-Za-z_-]{16,}+"),
    Kind("digitalocean-token", ("_v1_",), r"do[opr]_v1_[0-9a-f]{32,}+"),
    Kind("heroku-key", ("HRKU-",), r"HRKU-[A-Za-z0-9_-]{20,}+"),
    Kind("fly-token", ("fm1r_", "fm2_"), r"fm(?:1r|2)_[A-Za-z0-9+/=_-]{20,}+"),
    Kind("supabase-key", ("sbp_", "sb_secret_"), r"sb(?:p|_secret)_[A-Za-z0-9_]{20,}+"),
    Kind("planetscale-token", ("pscale_",), r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{20,}+"),
    Kind("databricks-token", ("dapi",), _word("dapi") + r"[0-9a-f]{32}"),
    Kind("vault-token", ("hvs.", "hvb.", "hvr."), r"hv[sbr]\.[A-Za-z0-9_-]{20,}+"),
    Kind("terraform-token", (".atlasv1.",), r"[A-Za-z0-9]{10,20}\.atlasv1\.[A-Za-z0-9_-]{40,}+"),
    Kind("pulumi-token", ("pul-",), _word("pul-") + r"[0-9a-f]{40}"),
    Kind("doppler-token", ("dp.",), _word(r"dp\.") + r"(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{30,}+"),
    Kind("grafana-token", ("glsa_", "glc_"), r"gl(?:sa|c)_[A-Za-z0-9+/=_]{24,}+"),
    Kind("newrelic-key", ("NRAK-", "NRJS-"), r"NR(?:AK|JS)-[A-Za-z0-9]{16,}+"),
    # Models
    Kind("anthropic-key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_-]{16,}+"),
    Kind("openai-key", ("sk-",), _word("sk-") + r"[A-Za-z0-9_-]{20,}+"),
    Kind("huggingface-token", ("hf_",), _word("hf_") + r"[A-Za-z0-9]{24,}+"),
    Kind("groq-key", ("gsk_",), _word("gsk_") + r"[A-Za-z0-9]{30,}+"),
    Kind("replicate-token", ("r8_",), _word("r8_") + r"[A-Za-z0-9]{30,}+"),
    # Forms that many services share
    Kind(
        "json-web-token",
        ("eyJ",),
        r"eyJ(?:(?<![A-Za-z0-9_-]eyJ)[A-Za-z0-9_-]{6,}+|[A-Za-z0-9_-]{6,300}+)\.[A-Za-z0-9_-]*+\.[A-Za-z0-9_-]*+"
        r"(?:\.[A-Za-z0-9_-]*+){0,2}",
    ),
    Kind(
        "private-key",
        ("PRIVATE KEY",),
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[\s\S]){0,20000}+"
        r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
    ),
    Kind("age-key", ("AGE-SECRET-KEY-",), r"AGE-SECRET-KEY-1[0-9A-Z]{40,}+"),
    Kind("bearer-credentials", ("bearer",), r"(?i)bearer(?<!\wbearer)[\s:]{1,3}(?P<secret>[A-Za-z0-9._~+/=-]{8,}+)"),
    Kind("basic-credentials", ("basic ",), r"(?i)basic(?<!\wbasic) (?P<secret>[A-Za-z0-9+/_-]{12,}+={0,2})"),
    Kind("okta-credentials", ("ssws ",), r"(?i)ssws(?<!\wssws) (?P<secret>[A-Za-z0-9_-]{20,}+)"),
    Kind(
        "password-in-url",
        ("://",),
        _word("[A-Za-z]", "A-Za-z0-9+.-")
        + r"[A-Za-z0-9+.-]{0,20}://[^\s/:@\"'<>\\]{0,256}:(?P<secret>[^\s/@\"'<>\\]{1,256})@",
    ),
    Kind(
        "token-in-url",
        _NAME_MARKS,
        r"(?i)[?&#][A-Za-z0-9_.-]{0,40}?" + _NAMES + r"=(?P<secret>[^&#\s\"'<>\\]{1,2048})",
    ),
    Kind(
        "named-in-text",
        _NAME_MARKS,
        r"(?i)"
        + _NAMES
        + r"\\{0,8}[\"']?\s{0,4}[=:]\s{0,4}\\{0,8}(?P<quote>[\"'])(?P<secret>(?:(?!\\{0,8}(?P=quote))[^\r\n]){1,2048}+)",
    ),
    Kind(
        "assigned-in-text",
        _NAME_MARKS,
        r"(?i)" + _NAMES + r"\s{0,4}[=:]\s{0,4}(?P<secret>(?=[^\s\"'<>&,;]{0,200}?[0-9])[^\s\"'<>&,;]{8,2048})",
    ),
    Kind(
        "xml-element",
        _NAME_MARKS,
        r"(?i)<(?:[a-z0-9_-]{1,40}:)?[a-z0-9_.-]{0,40}?"
        + _NAMES
        + r"(?:\s[^<>]{0,300})?>(?:<!\[cdata\[)?(?P<secret>[^<>\]]{1,4096})",
    ),
)


@cache
def compiled(kind: Kind) -> re.Pattern[str]:
    """The kind's pattern, compiled when it is first needed; for a text without capitals where it has no regard to
    case."""
    # The engine skips what no match can begin with only where it need not think of case, which is six times as fast.
    return compile_pattern(kind.pattern.removeprefix(ANY_CASE))


def matches(kind: Kind, text: str, lower: str) -> Iterator[re.Match[str]]:
    """Where the kind lies in the text; `lower` is what `without_capitals` made of it."""
    return compiled(kind).finditer(lower if kind.any_case else text)


def without_capitals(text: str) -> str:
    """The text in small letters, each where it was."""
    # The one letter that becomes two.
    return text.replace("\u0130", "i").lower()


def present(text: str, among: tuple[Kind, ...] = KINDS) -> tuple[Kind, ...]:
    """The kinds whose marks are in the text."""
    if len(text) < SHORTEST:
        return ()
    if len(text) < _LONG:
        lower = text.lower()
        # Plain loops: this runs for every string of every body.
        found = []
        for kind in among:
            where = lower if kind.any_case else text
            for mark in kind.marks:
                if mark in where:
                    found.append(kind)
                    break
        return tuple(found)
    return _present_in_long(_narrow(text), among)


def _present_in_long(text: str, among: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """The same, where looking for a mark costs more than knowing that a letter of it is lacking, or that it was looked
    for already."""
    lower = text.lower()
    lacking = frozenset(letter for letter in _letters() if letter not in text and letter not in lower)

    @cache
    def holds(mark: str, any_case: bool) -> bool:
        return lacking.isdisjoint(mark) and mark in (lower if any_case else text)

    return tuple(kind for kind in among if any(holds(mark, kind.any_case) for mark in kind.marks))


def present_in_any_spelling(content: bytes) -> tuple[Kind, ...]:
    """The kinds whose marks are in the content, or would be with the escapes of JSON, forms and URLs undone."""
    found: set[Kind] = set()
    escaped = None
    # A character a byte, whatever it is: no mark has any beyond ASCII.
    for spelling in _spellings(content.decode("latin-1")):
        if escaped is not None:
            found.update(_present_in_long(escaped, _eaten()))
        escaped = spelling
    found.update(_present_in_long(escaped or "", KINDS))
    return tuple(kind for kind in KINDS if kind in found)


def _narrow(text: str) -> str:
    """The text with a question mark for all that is not ASCII, of which no mark has any: a byte a character is searched
    several times as fast."""
    return text if text.isascii() else text.encode("ascii", "replace").decode("ascii")


@cache
def _letters() -> frozenset[str]:
    return frozenset(letter for kind in KINDS for mark in kind.marks for letter in mark)


@cache
def _eaten() -> tuple[Kind, ...]:
    """The kinds of which undoing an escape can take a mark's beginning, as of `EAAA` in `%EAAA`. No mark holds what
    begins an escape, so all others stand in the undone spelling too."""
    return tuple(kind for kind in KINDS if any(mark[0].lower() in _IN_ESCAPES for mark in kind.marks))


def _spellings(text: str) -> Iterator[str]:
    """The text and what its escapes undone make of it, one after the other: each may be as large as a body."""
    plain = text.replace("\\/", "/")
    yield plain
    if "%" in plain or "+" in plain:
        plain = unquote(plain.replace("+", " ").encode("latin-1")).decode("latin-1")
        yield plain
    if "\\u" in plain:
        yield _ESCAPE.sub(lambda match: chr(int(match[1], 16)), plain)
