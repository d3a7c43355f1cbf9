const polka = require('polka');
const { signed, raw, OTHER } = require('./check');

const app = polka();
for (const [path, [status, type, body]] of Object.entries(require('../answers.json'))) app.post(path, (req, res) => { res.statusCode = status; res.setHeader('Content-Type', type); res.end(body); });
app
  .post('/ok', async (req, res) => { res.statusCode = signed(req.headers, await raw(req)) ? 204 : 401; res.end(); })
  .post('/sig', async (req, res) => {
    if (signed(req.headers, await raw(req), OTHER)) return res.end('ok');
    res.statusCode = 401; res.end('Signature mismatch');
  })
  .post('/sig-bare', (req, res) => { res.statusCode = 403; res.end(); })
  .post('/boom', (req, res) => { res.end(undefined.workspace); })
  .post('/json', async (req, res, next) => { try { res.end(JSON.parse(await raw(req)).type); } catch (error) { next(error); } })
  .get('/getonly', (req, res) => res.end('up'))
  .post('/slash/', (req, res) => res.end('ok'))
  .post('/noslash', (req, res) => res.end('ok'))
  .post('/hang', () => {})
  .post('/crash', () => process.exit(1))
  .post('/ok-error', (req, res) => { res.setHeader('Content-Type', 'application/json'); res.end('{"success":false,"message":"Signature verification failed"}'); })
  .listen(process.argv[2], '127.0.0.1');
