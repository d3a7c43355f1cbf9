// Bun.serve and Deno.serve; one program for both.
import { createHmac } from 'node:crypto';
const port = Number(globalThis.Deno ? Deno.args[0] : process.argv[2]);
const sign = (body) => 'sha256=' + createHmac('sha256', 'whsec_of_the_staging_workspace').update(body).digest('hex');
const routes = {
  '/ok': async () => Response.json({ received: true }),
  '/sig': async (request) => ((request.headers.get('x-notion-signature') ?? '') === sign(await request.text()) ? new Response('ok') : new Response('Webhook signature mismatch', { status: 401 })),
  '/sig-bare': () => new Response(null, { status: 403 }),
  '/boom': () => undefined.workspace,
  '/json': async (request) => new Response((await request.json()).type),
  '/bait/empty': () => new Response(null, { status: 204 }),
  '/bait/html': () => new Response('<p>Thanks!</p>', { headers: { 'Content-Type': 'text/html' } }),
  '/login': () => Response.redirect('https://hooks.example.net/login', 302),
  '/hang': () => new Promise(() => {}),
};
const fetch = (request) => (routes[new URL(request.url).pathname] ?? (() => new Response('Not Found', { status: 404 })))(request);
if (globalThis.Deno) Deno.serve({ port, hostname: '127.0.0.1' }, fetch);
else Bun.serve({ port, hostname: '127.0.0.1', fetch, development: false });
