// Further frameworks and receivers of Node: `more_frameworks_app.mjs NAME PORT`
import { createRequire } from 'module';
import http from 'http';
const require = createRequire(process.env.NODE_PATH + '/');
const { signed, raw, OTHER } = createRequire(import.meta.url)('./check.js');
const [name, text] = process.argv.slice(2);
const port = Number(text);
const load = (module, file) => import(require.resolve(module).replace(/[^/]+$/, file));
const listen = (run) => http.createServer(run).listen(port, '127.0.0.1');
const made = {
  async h3() {
    const { H3, HTTPError, serve } = await load('h3', 'node.mjs');
    const app = new H3();
    app.post('/ok', () => ({ received: true }));
    app.post('/sig', () => { throw new HTTPError({ status: 401, message: 'Webhook signature mismatch' }); });
    app.post('/sig-bare', () => { throw new HTTPError({ status: 403 }); });
    app.post('/boom', () => undefined.workspace);
    app.post('/json', async (event) => (await event.req.json()).type);
    app.get('/getonly', () => 'up');
    app.post('/noslash', () => 'ok');
    serve(app, { port, hostname: '127.0.0.1' });
  },
  async itty() {
    const { AutoRouter, error, json, text: say, StatusError } = require('itty-router');
    const { createServerAdapter } = require('@whatwg-node/server');
    const router = AutoRouter();
    router.post('/ok', () => ({ ok: true }))
      .post('/sig', () => error(401, 'Invalid webhook signature'))
      .post('/sig-bare', () => error(403))
      .post('/boom', () => undefined.workspace)
      .post('/json', async (request) => (await request.json()).type)
      .post('/field', () => error(422, { missing: ['tenant'] }))
      .get('/getonly', () => 'up');
    listen(createServerAdapter(router.fetch));
  },
  async rayo() {
    const { default: rayo } = await import(require.resolve('rayo'));
    rayo({ port, host: '127.0.0.1' })
      .post('/ok', (req, res) => res.end('ok'))
      .post('/sig', (req, res) => { res.statusCode = 401; res.end('signature rejected'); })
      .post('/sig-bare', (req, res) => { res.statusCode = 403; res.end(); })
      .get('/getonly', (req, res) => res.end('up'))
      .post('/noslash', (req, res) => res.end('ok'))
      .start();
  },
  async foxify() {
    const Foxify = require('foxify').default ?? require('foxify');
    const { HttpError } = require('foxify');
    const app = new Foxify();
    app.set('port', port).set('url', '127.0.0.1');
    app.post('/ok', (req, res) => res.json({ ok: true }))
      .post('/sig', (req, res) => res.status(401).json({ message: 'Signature is not valid' }))
      .post('/sig-bare', (req, res) => res.sendStatus(403))
      .post('/boom', () => undefined.workspace)
      .get('/getonly', (req, res) => res.send('up'))
      .post('/noslash', (req, res) => res.send('ok'));
    app.set('workers', 1);
    await app.start(() => {});
  },
  async curveball() {
    const { Application } = await import(require.resolve('@curveball/core'));
    const { Forbidden, Unauthorized, NotFound } = await import(require.resolve('@curveball/http-errors'));
    const app = new Application();
    app.use(async (ctx) => {
      const way = { '/ok': () => { ctx.status = 204; }, '/sig': () => { throw new Unauthorized('The webhook has a wrong signature'); }, '/sig-bare': () => { throw new Forbidden('Forbidden'); }, '/boom': () => undefined.workspace }[ctx.path];
      if (!way) throw new NotFound('No such route');
      way();
    });
    app.listen(port, '127.0.0.1');
  },
  async medley() {
    const app = require('@medley/medley')();
    app.post('/ok', (req, res) => res.send({ ok: true }));
    app.post('/sig', (req, res) => { res.statusCode = 401; res.send('signature invalid'); });
    app.post('/sig-bare', (req, res) => { res.statusCode = 403; res.send(); });
    app.post('/boom', () => undefined.workspace);
    app.get('/getonly', (req, res) => res.send('up'));
    app.post('/noslash', (req, res) => res.send('ok'));
    app.post('/slash/', (req, res) => res.send('ok'));
    await app.listen(port, '127.0.0.1');
  },
  async srvx() {
    const { serve } = await load('srvx', 'node.mjs');
    serve({ port, hostname: '127.0.0.1', fetch: async (request) => {
      const path = new URL(request.url).pathname;
      if (path === '/ok') return Response.json({ received: true });
      if (path === '/sig') return Response.json({ error: { code: 'invalid_signature' } }, { status: 400 });
      if (path === '/sig-bare') return new Response(null, { status: 401 });
      if (path === '/boom') return undefined.workspace;
      if (path === '/json') return new Response((await request.json()).type);
      return new Response(null, { status: 404 });
    } });
  },
  async jayson() {
    const jayson = require('jayson');
    new jayson.Server({ receive: (args, done) => done(null, 'ok') }).http().listen(port, '127.0.0.1');
  },
  async 'graphql-http'() {
    const { createHandler } = require('graphql-http/lib/use/http');
    const { buildSchema } = require('graphql');
    const handler = createHandler({ schema: buildSchema('type Query { up: Boolean } type Mutation { hook(tenant: String!): Boolean }') });
    listen((req, res) => (req.url.startsWith('/graphql') || req.url === '/' ? handler(req, res) : res.writeHead(404).end()));
  },
  async line() {
    const { middleware } = require('@line/bot-sdk');
    const express = require('express');
    const app = express();
    app.post('/sig', middleware({ channelSecret: 'another-secret' }), (req, res) => res.json({}));
    app.listen(port, '127.0.0.1');
  },
  async discord() {
    const { verifyKeyMiddleware } = require('discord-interactions');
    const express = require('express');
    const app = express();
    app.post('/sig', verifyKeyMiddleware('9c0d'.repeat(16)), (req, res) => res.json({}));
    app.listen(port, '127.0.0.1');
  },
  async twilio() {
    const twilio = require('twilio');
    const express = require('express');
    const app = express();
    app.use(express.urlencoded({ extended: false }), express.json());
    app.post('/sig', twilio.webhook('another-secret'), (req, res) => res.type('xml').send('<Response/>'));
    app.listen(port, '127.0.0.1');
  },
  async 'node-static'() {
    const { Server } = require('node-static');
    const files = new Server(process.cwd());
    listen((req, res) => req.on('end', () => files.serve(req, res)).resume());
  },
  async router() {
    const Router = require('router');
    const finalhandler = require('finalhandler');
    const router = Router({ strict: true });
    router.post('/ok', (req, res) => res.end('ok'));
    router.post('/sig', (req, res) => { res.statusCode = 401; res.end('{"error":"signature_mismatch"}'); });
    router.post('/sig-bare', (req, res, next) => next(Object.assign(new Error(), { status: 403 })));
    router.post('/boom', () => undefined.workspace);
    router.get('/getonly', (req, res) => res.end('up'));
    router.post('/noslash', (req, res) => res.end('ok'));
    router.post('/slash/', (req, res) => res.end('ok'));
    listen((req, res) => router(req, res, finalhandler(req, res)));
  },
  async peer() {
    const { PeerServer } = require('peer');
    PeerServer({ port, host: '127.0.0.1', path: '/peer' });
  },
};
await made[name]();
