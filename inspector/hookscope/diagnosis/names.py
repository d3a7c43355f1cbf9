"""Whose name an answer may be given: a product is named by a mark of its own, or by a header that names it;
a header of somebody else vetoes.

A wrong name is worse than none: advice for another framework sends people astray. So a mark that several products share
names none of them, and one whose product is written in another language than the header tells does not even speak.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

NAMING_HEADERS = ("server", "x-powered-by", "via", "x-generator", "x-aspnet-version")

# What names itself in Server or X-Powered-By, by the language that it is written in. A server that stands in front of
# applications of any language is in none of them. Names that several languages have (warp, falcon, thin) are left out.
_WORDS: Mapping[str, str] = {
    "python": "uvicorn|hypercorn|daphne|granian|gunicorn|werkzeug|waitress|wsgiserver|cpython|python|aiohttp|tornadoserver|cheroot|cherrypy|"
    "twistedweb|sanic|gevent|eventlet|bjoern|uwsgi|meinheld|robyn|socketify|blacksheep|zope|django|flask|quart|starlette|bottle|pyramid",
    "javascript": "express|next\\.js|nuxt|node(?:js|\\.js)?|koa|hapi|sails|restify|hono|bun|deno|total\\.js|nitro|fastify|sveltekit|strapi|payload|"
    "feathers|adonis(?:js)?|uwebsockets|polka|moleculer|loopback|restana|egg|nestjs|hyper-express|elysia",
    "ruby": "puma|webrick|unicorn|agoo|iodine|rails|rack|sinatra|hanami|phusion",
    "php": "php|swoole|openswoole|roadrunner|frankenphp|reactphp|amphp|workerman|laravel|craft|drupal|wordpress|typo3|neos",
    "jvm": "jetty|tomcat|(?:apache-)?coyote|undertow|wildfly|jboss(?:-eap)?|glassfish|payara|grizzly|netty|vert\\.x|akka-http|pekko-http|ktor|helidon|"
    "micronaut|quarkus|play|servlet|jsp|jdk|java|weblogic|websphere|armeria|ratpack|grails|spark|javalin|http4s|finatra",
    "dotnet": "kestrel|asp\\.net|servicestack|nancy|embedio|mono",
    "go": "fasthttp|gin|gofiber|beego(?:server)?|hertz|atreugo|gofr|iris|revel",
    "perl": "mojolicious|dancer2?|perl dancer2|starman|plack|http::server::psgi|twiggy|catalyst|feersum",
    "rust": "rocket|actix(?:-web)?|axum|salvo|poem|tide|ntex|hyper",
    "elixir": "cowboy|bandit|mochiweb|yaws|phoenix|elli",
    "dart": "dart",
    "swift": "vapor|hummingbird|kitura",
    "crystal": "kemal|lucky|amber",
    "lisp": "hunchentoot|woo",
    "clojure": "http-kit|aleph",
    "ocaml": "dream|cohttp",
    "cplusplus": "drogon|crow|oatpp|mongoose|civetweb|cpp-httplib|libmicrohttpd",
}
LANGUAGES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {language: re.compile(rf"(?<![\w-])(?:{words})(?![a-z])", re.I) for language, words in _WORDS.items()}
)


def told(headers: Mapping[str, str]) -> str:
    """What headers (by lower-case name) say of who made or carried an answer, in lower case on one line."""
    return " · ".join(headers[name] for name in NAMING_HEADERS if name in headers).lower()


@lru_cache(maxsize=512)
def languages_of(words: str) -> frozenset[str]:
    """The languages of the servers and frameworks that these words name;
    servers send the same words with every answer."""
    return frozenset(language for language, known in LANGUAGES.items() if known.search(words)) if words else frozenset()


def vetoed(words: str, language: str) -> bool:
    """Whether the words name somebody whose language is another."""
    languages = languages_of(words)
    return bool(language) and bool(languages) and language not in languages


def self_named(words: str, known_as: tuple[str, ...]) -> bool:
    """Whether the words name a product by one of its names."""
    return any(name in words for name in known_as)
