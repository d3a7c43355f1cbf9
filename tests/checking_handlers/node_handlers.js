// Handlers in plain Node: one correct, the others with one fault each. Run as `node node_handlers.js PORT`.
const crypto = require("crypto");
const http = require("http");

const SECRET = "secret_of_the_checks";
const SLOW_MS = 150;

const hmac = (raw, encoding) => crypto.createHmac("sha256", SECRET).update(raw).digest(encoding);
const same = (a, b) => a.length === b.length && crypto.timingSafeEqual(Buffer.from(a), Buffer.from(b));

const VERIFY = {
  "/correct": (raw, given) => same("sha256=" + hmac(raw, "hex"), given),
  "/base64": (raw, given) => same("sha256=" + hmac(raw, "base64"), given),
  "/prefix": (raw, given) => given.startsWith("sha256=") && ("sha256=" + hmac(raw, "hex")).startsWith(given),
  "/slow": (raw, given) => same("sha256=" + hmac(raw, "hex"), given),
};

function parse(raw) {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

http
  .createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const say = (status) => response.writeHead(status).end();
      const verify = VERIFY[request.url];
      if (!verify) return say(404);
      if (request.method !== "POST") return say(405);
      const raw = Buffer.concat(parts);
      const event = parse(raw);
      if (event === undefined) return say(400);
      if (!("verification_token" in event) && !verify(raw, request.headers["x-notion-signature"] ?? "")) return say(401);
      setTimeout(() => say(200), request.url === "/slow" ? SLOW_MS : 0);
    });
  })
  .listen(Number(process.argv[2]), "127.0.0.1");
