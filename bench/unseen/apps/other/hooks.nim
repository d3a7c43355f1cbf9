# Nim's asynchttpserver: `hooks PORT`
import std/[asynchttpserver, asyncdispatch, os, strutils, json]
var server = newAsyncHttpServer(maxBody = 65536)
proc hook(q: Request) {.async.} =
  case q.url.path
  of "/ok": await q.respond(Http200, "ok")
  of "/sig": await q.respond(Http401, "webhook signature mismatch")
  of "/sig-bare": await q.respond(Http403, "")
  of "/boom": raise newException(KeyError, "workspace")
  of "/json": await q.respond(Http200, parseJson(q.body)["type"].getStr)
  of "/hang": await sleepAsync(30000)
  else: await q.respond(Http404, "Not Found")
waitFor server.serve(Port(parseInt(paramStr(1))), hook, "127.0.0.1")
