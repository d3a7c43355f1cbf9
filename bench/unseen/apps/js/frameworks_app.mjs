// Further frameworks of Node: `frameworks_app.mjs elysia|loopback|moleculer|connect|sails|json-server|miniflare PORT`
import { createRequire } from 'module';
import http from 'http';
const require = createRequire(process.env.NODE_PATH + '/');
const [name, text] = process.argv.slice(2);
const port = Number(text);
const made = {
  async elysia() {
    const { Elysia, t } = require('elysia');
    const { node } = require('@elysiajs/node');
    new Elysia({ adapter: node() })
      .post('/ok', () => ({ received: true }))
      .post('/sig', ({ status }) => status(401, 'Webhook signature mismatch'))
      .post('/sig-bare', ({ status }) => status(403))
      .post('/boom', () => undefined.workspace)
      .post('/json', ({ body }) => body.type)
      .post('/schema', ({ body }) => body.tenant, { body: t.Object({ tenant: t.String() }) })
      .get('/getonly', () => 'up')
      .post('/noslash', () => 'ok')
      .listen({ port, hostname: '127.0.0.1' });
  },
  async loopback() {
    const { RestApplication, HttpErrors } = require('@loopback/rest');
    const app = new RestApplication({ rest: { port, host: '127.0.0.1', gracePeriodForClose: 0, expressSettings: {} } });
    const on = (path, run, verb = 'post', spec = {}) => app.route(verb, path, { responses: {}, ...spec }, run);
    const body = (required) => ({ 'x-operation-name': 'hook', requestBody: { required: true, content: { 'application/json': { schema: { type: 'object', required } } } } });
    on('/ok', () => ({ received: true }));
    on('/sig', () => { throw new HttpErrors.Unauthorized('Webhook signature mismatch'); });
    on('/sig-bare', () => { throw new HttpErrors.Forbidden(); });
    on('/boom', () => undefined.workspace);
    on('/json', (data) => data, 'post', body([]));
    on('/media', (data) => data, 'post', body([]));
    on('/big', (data) => data, 'post', body([]));
    on('/schema', (data) => data, 'post', body(['tenant']));
    on('/getonly', () => 'up', 'get');
    on('/noslash', () => 'ok');
    await app.start();
  },
  async moleculer() {
    const { ServiceBroker, Errors } = require('moleculer');
    const Api = require('moleculer-web');
    const broker = new ServiceBroker({ logger: false });
    broker.createService({ name: 'hooks', actions: {
      ok: () => ({ received: true }),
      sig: () => { throw new Errors.MoleculerClientError('Webhook signature mismatch', 401, 'BAD_SIGNATURE'); },
      bare: () => { throw new Api.Errors.ForbiddenError(); },
      boom: () => undefined.workspace,
      json: (context) => context.params.type,
      schema: { params: { tenant: 'string' }, handler: (context) => context.params.tenant },
    } });
    broker.createService({ mixins: [Api], settings: { port, ip: '127.0.0.1', routes: [{ bodyParsers: { json: { limit: '64kb' } }, mappingPolicy: 'restrict', aliases: { 'POST /ok': 'hooks.ok', 'POST /sig': 'hooks.sig', 'POST /sig-bare': 'hooks.bare', 'POST /boom': 'hooks.boom', 'POST /json': 'hooks.json', 'POST /big': 'hooks.json', 'POST /schema': 'hooks.schema', 'GET /getonly': 'hooks.ok' } }] } });
    await broker.start();
  },
  async connect() {
    const app = require('connect')();
    app.use('/ok', (req, res) => res.end('ok'));
    app.use('/sig', (req, res, next) => next(Object.assign(new Error('Webhook signature mismatch'), { status: 401 })));
    app.use('/boom', () => undefined.workspace);
    app.use('/sig-bare', (req, res) => { res.statusCode = 403; res.end(); });
    http.createServer(app).listen(port, '127.0.0.1');
  },
  async sails() {
    const { Sails } = require('sails');
    new Sails().lift({
      port, explicitHost: '127.0.0.1', appPath: process.cwd(), log: { level: 'silent' }, hooks: { grunt: false, pubsub: false, sockets: false }, globals: false,
      security: { csrf: false }, http: {}, routes: {
        'POST /ok': (req, res) => res.ok(), 'POST /sig': (req, res) => res.status(401).send('Webhook signature mismatch'), 'POST /sig-bare': (req, res) => res.forbidden(),
        'POST /boom': () => undefined.workspace, 'POST /json': (req, res) => res.json({ type: req.body.type }), 'GET /getonly': (req, res) => res.ok(), 'POST /field': (req, res) => res.badRequest('Missing required parameter: tenant'), 'POST /noslash': (req, res) => res.ok(),
      },
    }, (error) => error && console.error(error));
  },
  async 'json-server'() {
    const { create, defaults, router } = require('json-server');
    const app = create();
    app.use(defaults({ logger: false }));
    app.use(router({ events: [] }));
    app.listen(port, '127.0.0.1');
  },
  async miniflare() {
    const { Miniflare } = require('miniflare');
    const script = `export default { async fetch(request) {
      const path = new URL(request.url).pathname;
      if (path === '/ok') return Response.json({ received: true });
      if (path === '/sig') return new Response('Webhook signature mismatch', { status: 401 });
      if (path === '/sig-bare') return new Response(null, { status: 403 });
      if (path === '/boom') return undefined.workspace;
      if (path === '/json') return new Response((await request.json()).type);
      if (path === '/hang') return new Promise(() => {});
      return new Response('Not found', { status: 404 });
    } }`;
    await new Miniflare({ modules: true, script, port, host: '127.0.0.1' }).ready;
  },
};
await made[name]();
