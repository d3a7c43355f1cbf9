import sys

from check import OTHER, signed
from robyn import Request, Response, Robyn, status_codes

app = Robyn(__file__)


def body(request):
    return request.body if isinstance(request.body, bytes) else request.body.encode()


def headers(request):
    return {name: ",".join(values) for name, values in request.headers.get_headers().items()}


@app.post("/ok")
def ok(request: Request):
    return {"accepted": signed(headers(request), body(request))}


@app.post("/sig")
def sig(request: Request):
    if not signed(headers(request), body(request), OTHER):
        return Response(status_codes.HTTP_401_UNAUTHORIZED, {"Content-Type": "text/plain"}, "HMAC verification failed")
    return "ok"


@app.post("/sig-bare")
def sig_bare(request: Request):
    return Response(status_codes.HTTP_403_FORBIDDEN, {}, "")


@app.post("/boom")
def boom(request: Request):
    return {}["workspace"]


@app.post("/json")
def read_json(request: Request):
    return {"type": request.json()["type"]}


@app.get("/getonly")
def getonly():
    return "up"


@app.post("/slash/")
def slash():
    return "ok"


@app.post("/noslash")
def noslash():
    return "ok"


@app.post("/bait/null-error")
def bait():
    return {"error": None, "errors": [], "failed": 0, "queued": 1}


@app.post("/dependency")
def dependency():
    return Response(
        503,
        {"Content-Type": "application/json"},
        '{"status":"unavailable","detail":"could not connect to server: Connection refused (postgres)"}',
    )


app.start(host="127.0.0.1", port=int(sys.argv[1]))
