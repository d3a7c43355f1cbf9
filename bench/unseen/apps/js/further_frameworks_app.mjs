// A second dozen of frameworks: `further_frameworks_app.mjs NAME PORT`
import { createRequire } from 'module';
import http from 'http';
const require = createRequire(process.env.NODE_PATH + '/');
const [name, text] = process.argv.slice(2);
const port = Number(text);
const made = {
  async velocy() {
    const { Router, createServer } = require('velocy');
    const app = new Router();
    app.post('/ok', (req, res) => res.end('ok'));
    app.get('/getonly', (req, res) => res.end('up'));
    app.post('/noslash', (req, res) => res.end('ok'));
    createServer(app).listen(port, '127.0.0.1');
  },
  async union() {
    const union = require('union');
    union.createServer({ before: [(req, res) => {
      const way = { '/ok': [200, 'ok'], '/sig': [401, 'bad webhook signature'], '/sig-bare': [403, ''] }[req.url];
      if (!way) return res.emit('next');
      res.statusCode = way[0];
      res.end(way[1]);
    }] }).listen(port, '127.0.0.1');
  },
  async faye() {
    const faye = require('faye');
    const server = http.createServer((req, res) => { res.writeHead(404); res.end('nothing here'); });
    new faye.NodeAdapter({ mount: '/bayeux' }).attach(server);
    server.listen(port, '127.0.0.1');
  },
  async sockjs() {
    const server = http.createServer();
    require('sockjs').createServer({ log: () => {} }).installHandlers(server, { prefix: '/hooks' });
    server.on('request', (req, res) => setTimeout(() => { if (!res.writableEnded) { res.writeHead(404); res.end(); } }, 50));
    server.listen(port, '127.0.0.1');
  },
  async diet() {
    const server = require('diet');
    const app = server({ silent: true });
    app.listen(`http://localhost:${port}`);
  },
};
await made[name]();
