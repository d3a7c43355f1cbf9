// Ports that take WebSockets or Socket.IO and no webhooks: `sockets_app.js ws|socketio PORT`
const [name, port] = process.argv.slice(2);
if (name === 'ws') new (require('ws').WebSocketServer)({ port: Number(port), host: '127.0.0.1' });
else {
  const server = require('http').createServer();
  new (require('socket.io').Server)(server, { path: '/hooks/' });
  server.listen(port, '127.0.0.1');
}
