// Gateways made with the usual proxy libraries: `http_proxy_app.js http-proxy|middleware PORT UPSTREAM DEAD`
const [name, port, upstream, dead] = process.argv.slice(2);
const http = require('http');
if (name === 'http-proxy') {
  const proxy = require('http-proxy').createProxyServer({ proxyTimeout: 2000 });
  proxy.on('error', (error, req, res) => { res.writeHead(500, { 'Content-Type': 'text/plain' }); res.end('Something went wrong. And we are reporting a custom error message.'); });
  http.createServer((req, res) => proxy.web(req, res, { target: `http://127.0.0.1:${req.url === '/down' ? dead : upstream}` })).listen(port, '127.0.0.1');
} else {
  const express = require('express');
  const { createProxyMiddleware } = require('http-proxy-middleware');
  const app = express();
  app.use(createProxyMiddleware({ target: `http://127.0.0.1:${dead}`, pathFilter: '/down' }));
  app.use(createProxyMiddleware({ target: `http://127.0.0.1:${upstream}`, proxyTimeout: 2000, pathFilter: ['/up', '/hang', '/garbage', '/close'] }));
  app.listen(port, '127.0.0.1');
}
