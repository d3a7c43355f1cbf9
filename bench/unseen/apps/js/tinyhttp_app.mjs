import { createRequire } from 'module';
const require = createRequire(process.env.NODE_PATH + '/');
const { signed, raw, OTHER } = createRequire(import.meta.url)('./check.js');
const { App } = await import(require.resolve('@tinyhttp/app').replace(/\.cjs$/, '.js'));

new App({ settings: { networkExtensions: true } })
  .post('/ok', async (req, res) => res.status(202).json({ ok: signed(req.headers, await raw(req)) }))
  .post('/sig', async (req, res) => (signed(req.headers, await raw(req), OTHER) ? res.send('ok') : res.status(403).json({ error: 'bad webhook signature' })))
  .post('/sig-bare', (req, res) => res.sendStatus(401))
  .post('/boom', (req, res) => { res.send(undefined.workspace); })
  .post('/json', async (req, res) => { res.send(JSON.parse(await raw(req)).type); })
  .get('/getonly', (req, res) => res.send('up'))
  .post('/slash/', (req, res) => res.send('ok'))
  .post('/noslash', (req, res) => res.send('ok'))
  .post('/login', (req, res) => res.redirect('/login'))
  .post('/duplicate', (req, res) => res.status(409).json({ message: 'event already processed' }))
  .listen(Number(process.argv[2]), () => {}, '127.0.0.1');
