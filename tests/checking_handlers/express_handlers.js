// Handlers in Express: one correct, the others with one fault each. Run as `node express_handlers.js PORT`.
const crypto = require("crypto");
const express = require("express");

const SECRET = "secret_of_the_checks";
const app = express();
const seen = new Set();

const sign = (raw) => "sha256=" + crypto.createHmac("sha256", SECRET).update(raw).digest("hex");
const same = (a, b) => a.length === b.length && crypto.timingSafeEqual(Buffer.from(a), Buffer.from(b));
const raw = express.raw({ type: () => true, limit: "2mb" });

function handle(request, response, signedText, accept) {
  let event;
  try {
    event = JSON.parse(request.body);
  } catch {
    return response.sendStatus(400);
  }
  const given = request.get("X-Notion-Signature") ?? "";
  if (!("verification_token" in event) && !same(sign(signedText(request.body, event)), given)) return response.sendStatus(401);
  return accept(event);
}

app.post("/correct", raw, (request, response) =>
  handle(request, response, (bytes) => bytes, () => response.sendStatus(200)));

app.post("/stringifies", raw, (request, response) =>
  handle(request, response, (_, event) => JSON.stringify(event), () => response.sendStatus(200)));

app.post("/not-idempotent", raw, (request, response) =>
  handle(request, response, (bytes) => bytes, (event) => {
    if (seen.has(event.id)) return response.status(500).send("duplicate key value violates unique constraint");
    seen.add(event.id);
    return response.sendStatus(200);
  }));

app.listen(Number(process.argv[2]), "127.0.0.1");
