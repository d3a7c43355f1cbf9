// Guards of Node's frameworks, and receivers and servers that nobody had tried: `guards_app.mjs NAME PORT [UPSTREAM DEAD]`
import { createRequire } from 'module';
import http from 'http';
const require = createRequire(process.env.NODE_PATH + '/');
const { signed, raw, OTHER } = createRequire(import.meta.url)('./check.js');
const [name, text, upstream, dead] = process.argv.slice(2);
const port = Number(text);
const listen = (run) => http.createServer(run).listen(port, '127.0.0.1');
const made = {
  async 'fastify-guards'() {
    const app = require('fastify')();
    const part = async (prefix, plugin, options, hook) => app.register(async (inner) => {
      await inner.register(require(plugin), options);
      inner.post(prefix, hook ? { onRequest: (req, res, done) => hook(inner)(req, res, done) } : {}, () => 'ok');
    });
    app.register(require('@fastify/cookie'));
    await part('/bearer', '@fastify/bearer-auth', { keys: new Set(['k']) });
    await part('/basic', '@fastify/basic-auth', { validate: (u, p, req, res, done) => done(new Error('no')), authenticate: true }, (inner) => inner.basicAuth);
    await part('/csrf', '@fastify/csrf-protection', {}, (inner) => inner.csrfProtection);
    await part('/rate', '@fastify/rate-limit', { max: 1, timeWindow: '1 hour' });
    await part('/jwt', '@fastify/jwt', { secret: 's' }, () => (req, res, done) => req.jwtVerify().then(() => done(), done));
    await app.listen({ port, host: '127.0.0.1' });
  },
  async 'express-guards'() {
    const express = require('express');
    const app = express();
    const { rateLimit } = require('express-rate-limit');
    const { expressjwt } = require('express-jwt');
    const { celebrate, Joi, Segments, errors } = require('celebrate');
    const { body, validationResult } = require('express-validator');
    app.post('/rate', rateLimit({ limit: 1, windowMs: 3600000 }), (req, res) => res.send('ok'));
    app.post('/jwt', expressjwt({ secret: 's', algorithms: ['HS256'] }), (req, res) => res.send('ok'));
    app.post('/lusca', require('express-session')({ secret: 's', resave: false, saveUninitialized: true }), require('lusca').csrf(), (req, res) => res.send('ok'));
    app.post('/csrf', require('cookie-parser')(), require('csurf')({ cookie: true }), (req, res) => res.send('ok'));
    app.post('/schema', express.json(), celebrate({ [Segments.BODY]: Joi.object({ tenant: Joi.string().required() }) }), (req, res) => res.send('ok'));
    app.post('/field', express.json(), body('tenant').notEmpty(), (req, res) => (validationResult(req).isEmpty() ? res.send('ok') : res.status(400).json({ errors: validationResult(req).array() })));
    app.use(errors());
    app.use((error, req, res, next) => res.status(error.status || 500).json({ message: error.message }));
    app.listen(port, '127.0.0.1');
  },
  async 'openapi-validator'() {
    const express = require('express');
    const OpenApi = require('express-openapi-validator');
    const app = express();
    const hook = (extra) => ({ post: { requestBody: { required: true, content: { 'application/json': { schema: { type: 'object', required: ['tenant'], properties: { tenant: { type: 'string' } } } } } }, responses: { 200: { description: 'ok' } }, ...extra } });
    const paths = { '/schema': hook({}), '/media': hook({}), '/json': hook({}), '/key': hook({ security: [{ key: [] }] }), '/bearer': hook({ security: [{ bearer: [] }] }), '/getonly': { get: { responses: { 200: { description: 'ok' } } } } };
    app.use(express.json());
    app.use(OpenApi.middleware({ apiSpec: { openapi: '3.0.0', info: { title: 'hooks', version: '1' }, paths, components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-API-Key' }, bearer: { type: 'http', scheme: 'bearer' } } } } }));
    app.use((error, req, res, next) => res.status(error.status || 500).json({ message: error.message, errors: error.errors }));
    app.listen(port, '127.0.0.1');
  },
  async 'koa-guards'() {
    const Koa = require('koa');
    const Router = require('@koa/router');
    const CSRF = require('koa-csrf');
    const router = new (Router.Router || Router)();
    const app = new Koa();
    app.keys = ['k'];
    router.post('/rate', require('koa-ratelimit')({ driver: 'memory', db: new Map(), duration: 3600000, max: 1 }), (ctx) => { ctx.body = 'ok'; });
    router.post('/jwt', require('koa-jwt')({ secret: 's' }), (ctx) => { ctx.body = 'ok'; });
    router.post('/csrf', (require('koa-session').default || require('koa-session'))(app), require('koa-bodyparser')({ enableTypes: ['form'] }), new (CSRF.default || CSRF)(), (ctx) => { ctx.body = 'ok'; });
    router.post('/json', require('koa-bodyparser')(), (ctx) => { ctx.body = 'ok'; });
    router.get('/getonly', (ctx) => { ctx.body = 'up'; });
    app.use(router.routes()).use(router.allowedMethods());
    app.listen(port, '127.0.0.1');
  },
  async 'hapi-guards'() {
    const server = require('@hapi/hapi').server({ port, host: '127.0.0.1' });
    await server.register([{ plugin: require('@hapi/crumb'), options: { cookieOptions: { isSecure: false }, restful: false, skip: (request) => request.path !== '/csrf' } }, require('@hapi/basic')]);
    server.auth.strategy('basic', 'basic', { validate: () => ({ isValid: false }) });
    server.route([
      { method: 'POST', path: '/csrf', handler: () => 'ok' },
      { method: 'POST', path: '/basic', options: { auth: 'basic' }, handler: () => 'ok' },
      { method: 'POST', path: '/media', options: { payload: { allow: 'application/json' } }, handler: () => 'ok' },
      { method: 'POST', path: '/json', handler: () => 'ok' },
      { method: 'POST', path: '/big', options: { payload: { maxBytes: 1000 } }, handler: () => 'ok' },
    ]);
    await server.start();
  },
  async mercurius() {
    const app = require('fastify')();
    app.register(require('mercurius'), { schema: 'type Query { up: Boolean }', path: '/graphql' });
    await app.listen({ port, host: '127.0.0.1' });
  },
  async telegraf() {
    const { Telegraf } = require('telegraf');
    const bot = new Telegraf('1:a');
    listen(bot.webhookCallback('/sig', { secretToken: '0123' }));
  },
  async grammy() {
    const { Bot, webhookCallback } = require('grammy');
    const bot = new Bot('1:a', { botInfo: { id: 1, is_bot: true, first_name: 'b', username: 'b' } });
    listen(webhookCallback(bot, 'http', { secretToken: '0123' }));
  },
  async svix() {
    const express = require('express');
    const { Webhook } = require('svix');
    const app = express();
    app.post('/sig', express.raw({ type: '*/*' }), (req, res) => res.json(new Webhook('whsec_dW5zZWVu').verify(req.body, req.headers)));
    app.post('/sig-told', express.raw({ type: '*/*' }), (req, res) => { try { res.json(new Webhook('whsec_dW5zZWVu').verify(req.body, req.headers)); } catch (error) { res.status(400).send(error.message); } });
    app.listen(port, '127.0.0.1');
  },
  async 'stripe-node'() {
    const express = require('express');
    const Stripe = require('stripe');
    const stripe = new (Stripe.default || Stripe)('sk_test_1');
    const app = express();
    const hook = (secret, parse) => [parse, (req, res) => { try { res.json(stripe.webhooks.constructEvent(req.body, req.headers['stripe-signature'], secret)); } catch (error) { res.status(400).send(`Webhook Error: ${error.message}`); } }];
    app.post('/sig', ...hook('whsec_other', express.raw({ type: '*/*' })));
    app.post('/parsed', ...hook('whsec_other', express.json()));
    app.post('/stale', ...hook('whsec_dW5zZWVuLXNlcnZlcnMtMQ==', express.raw({ type: '*/*' })));
    app.listen(port, '127.0.0.1');
  },
  async 'express-http-proxy'() {
    const express = require('express');
    const proxy = require('express-http-proxy');
    const app = express();
    app.use('/up', proxy(`127.0.0.1:${upstream}`));
    app.use('/down', proxy(`127.0.0.1:${dead}`));
    app.use('/hang', proxy(`127.0.0.1:${upstream}`, { proxyReqPathResolver: () => '/hang', timeout: 1500 }));
    app.use('/garbage', proxy(`127.0.0.1:${upstream}`, { proxyReqPathResolver: () => '/garbage' }));
    app.use('/close', proxy(`127.0.0.1:${upstream}`, { proxyReqPathResolver: () => '/close' }));
    app.listen(port, '127.0.0.1');
  },
  async 'fastify-proxy'() {
    const app = require('fastify')();
    app.register(require('@fastify/http-proxy'), { upstream: `http://127.0.0.1:${upstream}`, prefix: '/up', rewritePrefix: '/up', http: { requestOptions: { timeout: 1500 } } });
    app.register(require('@fastify/http-proxy'), { upstream: `http://127.0.0.1:${dead}`, prefix: '/down' });
    for (const path of ['/garbage', '/close', '/hang']) app.register(require('@fastify/http-proxy'), { upstream: `http://127.0.0.1:${upstream}`, prefix: path, rewritePrefix: path, http: { requestOptions: { timeout: 1500 } } });
    await app.listen({ port, host: '127.0.0.1' });
  },
  async dynalite() { require('dynalite')().listen(port, '127.0.0.1'); },
  async s3rver() { new (require('s3rver'))({ port, address: '127.0.0.1', directory: process.cwd(), silent: true }).run(); },
  async 'oidc-provider'() {
    const { Provider } = await import(require.resolve('oidc-provider'));
    new Provider(`http://127.0.0.1:${port}`, { clients: [{ client_id: 'a', client_secret: 'b', redirect_uris: ['https://a.example/cb'] }] }).listen(port, '127.0.0.1');
  },
  async 'cors-anywhere'() { require('cors-anywhere').createServer({ requireHeader: ['origin', 'x-requested-with'] }).listen(port, '127.0.0.1'); },
  async esbuild() { const context = await require('esbuild').context({}); await context.serve({ servedir: process.cwd(), port, host: '127.0.0.1' }); },
  async 'live-server'() { require('live-server').start({ port, host: '127.0.0.1', root: process.cwd(), open: false, logLevel: 0 }); },
  async socketcluster() { const server = http.createServer(); require('socketcluster-server').attach(server); server.listen(port, '127.0.0.1'); },
  async 'mcp-node'() {
    const { createMcpExpressApp } = require('@modelcontextprotocol/sdk/server/express.js');
    const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js');
    const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
    const app = createMcpExpressApp();
    app.post('/mcp', async (req, res) => { const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined }); const server = new McpServer({ name: 'h', version: '1' }); await server.connect(transport); await transport.handleRequest(req, res, req.body); });
    app.listen(port, '127.0.0.1');
  },
  async 'grpc-node'() {
    const grpc = require('@grpc/grpc-js');
    new grpc.Server().bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), () => {});
  },
  async 'routing-controllers'() {
    require('reflect-metadata');
    const rc = require('routing-controllers');
    class Hooks {}
    const route = (path, run, method = 'Post') => { const key = path.slice(1).replace('-', ''); Hooks.prototype[key] = run; rc[method](path)(Hooks.prototype, key); };
    route('/ok', () => ({ ok: true }));
    route('/sig', () => { throw new rc.UnauthorizedError('signature does not verify'); });
    route('/sig-bare', () => { throw new rc.ForbiddenError(); });
    route('/boom', () => undefined.workspace);
    route('/getonly', () => 'up', 'Get');
    rc.JsonController()(Hooks);
    rc.createExpressServer({ controllers: [Hooks] }).listen(port, '127.0.0.1');
  },
};
await made[name]();
