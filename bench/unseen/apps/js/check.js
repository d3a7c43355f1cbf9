// What the handlers in JavaScript share: the signature of several providers, checked as their documentation says.
const crypto = require('crypto');
const SECRET = 'whsec_dW5zZWVuLXNlcnZlcnMtMQ==';
const OTHER = 'whsec_of_the_staging_workspace';
const hmac = (secret, data) => crypto.createHmac('sha256', secret).update(data);

function signed(headers, body, secret = SECRET) {
  const plain = headers['x-notion-signature'] || headers['x-hub-signature-256'];
  if (plain) return plain === 'sha256=' + hmac(secret, body).digest('hex');
  if (headers['x-shopify-hmac-sha256']) return headers['x-shopify-hmac-sha256'] === hmac(secret, body).digest('base64');
  if (headers['x-slack-signature']) return headers['x-slack-signature'] === 'v0=' + hmac(secret, `v0:${headers['x-slack-request-timestamp']}:${body}`).digest('hex');
  if (headers['stripe-signature']) {
    const parts = Object.fromEntries(headers['stripe-signature'].split(',').map((part) => part.split('=')));
    return parts.v1 === hmac(secret, `${parts.t}.${body}`).digest('hex');
  }
  return false;
}

function raw(req) {
  return new Promise((done) => {
    const parts = [];
    req.on('data', (part) => parts.push(part)).on('end', () => done(Buffer.concat(parts)));
  });
}

module.exports = { signed, raw, OTHER };
