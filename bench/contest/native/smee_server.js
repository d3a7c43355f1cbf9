// A small server for smee-client: what the public one does for a channel, with the same framework and log.
// POST /CHANNEL is emitted to whoever listens and answered at once; GET /CHANNEL is an event stream.
//   node smee_server.js PORT
const { createRequire } = require("node:module");
const { EventEmitter } = require("node:events");
const path = require("node:path");

// The packages stand in the folder that this is started in.
const load = createRequire(path.join(process.cwd(), "package.json"));
const server = load("fastify")({ logger: true });
const channels = new EventEmitter();

async function main(port) {
  await server.register(load("@fastify/cors"));
  await server.register(load("@fastify/helmet"));
  server.get("/:channel", (request, reply) => {
    const { channel } = request.params;
    let number = 0;
    const write = (name, text) =>
      reply.raw.write(`id: ${number++}\n${name ? `event: ${name}\n` : ""}data: ${text}\n\n`);
    const listener = (payload) => write("", JSON.stringify(payload));
    reply.hijack();
    reply.raw.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
    channels.on(channel, listener);
    reply.raw.on("close", () => channels.removeListener(channel, listener));
    write("ready", "{}");
  });
  server.post("/:channel", { schema: { body: { type: "object" } } }, async (request, reply) => {
    const { headers, body, query } = request;
    channels.emit(request.params.channel, { ...headers, body, query, timestamp: Date.now() });
    return reply.status(200).send();
  });
  await server.listen({ port, host: "127.0.0.1" });
}

main(Number(process.argv[2]));
