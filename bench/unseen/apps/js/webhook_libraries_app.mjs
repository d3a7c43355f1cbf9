// Receivers that libraries bring: `webhook_libraries_app.mjs probot|bolt|github-webhook-handler PORT`
import { createRequire } from 'module';
import http from 'http';
const require = createRequire(process.env.NODE_PATH + '/');
const [name, port] = process.argv.slice(2);
if (name === 'bolt') {
  const { App } = require('@slack/bolt');
  const app = new App({ token: 'xoxb-0', signingSecret: 'another-secret', endpoints: ['/sig', '/stale', '/sig-missing', '/json'], tokenVerificationEnabled: false });
  await app.start({ port: Number(port), host: '127.0.0.1' });
} else if (name === 'probot') {
  const { createNodeMiddleware, createProbot } = await import(require.resolve('probot').replace('/index.cjs', '/index.js'));
  const { privateKey } = (await import('crypto')).generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'pkcs1', format: 'pem' } });
  const probot = createProbot({ overrides: { appId: 1, privateKey, secret: 'another-secret' } });
  const middleware = await createNodeMiddleware((app) => app.on('push', () => {}), { probot, webhooksPath: '/sig' });
  http.createServer((req, res) => middleware(req, res, () => { res.writeHead(404); res.end(); })).listen(port, '127.0.0.1');
} else {
  const handler = require('github-webhook-handler')({ path: '/sig', secret: 'another-secret' });
  handler.on('error', () => {});
  http.createServer((req, res) => handler(req, res, () => { res.statusCode = 404; res.end('no such location'); })).listen(port, '127.0.0.1');
}
