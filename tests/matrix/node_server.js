// A handler on node's own http module, with faults to be found: `node node_server.js PORT`.
const http = require('http');

const answers = {
  '/hook': (response) => response.end('ok'),
  '/signed': (response) => { response.writeHead(401, { 'Content-Type': 'application/json' }); response.end('{"error":"Invalid signature"}'); },
  '/crash': () => { throw new Error('outside of any framework'); },
  '/spa': (response) => { response.writeHead(200, { 'Content-Type': 'text/html' }); response.end('<!doctype html><html><head></head><body><div id="root"></div><script type="module" src="/main.js"></script></body></html>'); },
  '/moved': (response) => { response.writeHead(308, { Location: '/v2/webhooks' }); response.end(); },
  '/throws': (response) => { response.writeHead(500, { 'Content-Type': 'text/plain' }); response.end("TypeError: x is not a function\n    at Server.<anonymous> (/srv/app.js:3:9)"); },
};

process.on('uncaughtException', () => process.exit(1));
http.createServer((request, response) => {
  request.resume();
  request.on('end', () => (answers[request.url] || ((missing) => { missing.writeHead(404); missing.end(); }))(response));
}).listen(Number(process.argv[2]), '127.0.0.1');
