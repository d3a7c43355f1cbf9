// GraphQL and tRPC servers: `graphql_app.mjs apollo|yoga|trpc PORT`
import { createRequire } from 'module';
import http from 'http';
const require = createRequire(process.env.NODE_PATH + '/');
const [name, port] = process.argv.slice(2);
const typeDefs = 'type Query { up: Boolean } type Mutation { hook(tenant: String!): Boolean }';
if (name === 'apollo') {
  const { ApolloServer } = require('@apollo/server');
  const { startStandaloneServer } = require('@apollo/server/standalone');
  await startStandaloneServer(new ApolloServer({ typeDefs }), { listen: { port: Number(port), host: '127.0.0.1' } });
} else if (name === 'yoga') {
  const { createYoga, createSchema } = require('graphql-yoga');
  http.createServer(createYoga({ schema: createSchema({ typeDefs }) })).listen(port, '127.0.0.1');
} else {
  const { initTRPC, TRPCError } = require('@trpc/server');
  const { createHTTPServer } = require('@trpc/server/adapters/standalone');
  const t = initTRPC.create();
  const hook = (run) => t.procedure.mutation(run);
  const router = t.router({
    ok: hook(() => ({ ok: true })),
    sig: hook(() => { throw new TRPCError({ code: 'UNAUTHORIZED', message: 'webhook signature mismatch' }); }),
    'sig-bare': hook(() => { throw new TRPCError({ code: 'FORBIDDEN' }); }),
    boom: hook(() => undefined.workspace),
    json: hook(({ input }) => input),
    getonly: t.procedure.query(() => 'up'),
    schema: t.procedure.input((value) => { if (typeof value?.tenant !== 'string') throw new Error('tenant: expected string'); return value; }).mutation(() => 1),
  });
  createHTTPServer({ router, maxBodySize: 65536 }).listen(Number(port), '127.0.0.1');
}
