const http = require('http');
const { serve, json, send, createError, text } = require('micro');
const { signed, OTHER } = require('./check');

const routes = {
  '/ok': async (req) => ({ received: signed(req.headers, await text(req)) }),
  '/sig': async (req) => { if (!signed(req.headers, await text(req), OTHER)) throw createError(401, 'webhook signature does not match'); return 'ok'; },
  '/sig-bare': (req, res) => send(res, 403),
  '/boom': () => undefined.workspace,
  '/json': async (req) => (await json(req)).type,
  '/big': async (req) => (await json(req, { limit: '64kb' })).type,
  '/noslash': () => 'ok',
  '/bait/empty': () => null,
};
http.createServer(serve((req, res) => (routes[req.url] || (() => send(res, 404, 'Not Found')))(req, res))).listen(process.argv[2], '127.0.0.1');
