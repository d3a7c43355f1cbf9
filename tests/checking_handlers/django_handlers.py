"""Handlers in Django: one correct, the others with one fault each. Run as `python django_handlers.py PORT`."""

import hashlib
import hmac
import json
import logging
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

SECRET = b"secret_of_the_checks"
settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY="only here",
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
)
logging.disable(logging.CRITICAL)


def handle(request):
    if request.method != "POST":
        return HttpResponse(status=405)
    raw = request.body
    try:
        event = json.loads(raw)
    except ValueError:
        return HttpResponse(status=400)
    wanted = "sha256=" + hmac.new(SECRET, raw, hashlib.sha256).hexdigest()
    if "verification_token" not in event and not hmac.compare_digest(
        wanted, request.headers.get("X-Notion-Signature", "")
    ):
        return HttpResponse(status=401)
    return HttpResponse()


def csrf(request):
    return handle(request)


correct = csrf_exempt(handle)
urlpatterns = [path("correct", correct), path("csrf", csrf), path("redirected/", correct)]


class Server(ThreadingMixIn, WSGIServer):
    request_queue_size = 64
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application(), Server, Quiet).serve_forever()
