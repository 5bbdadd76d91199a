// An object on Restate's SDK for TypeScript, for tests/tests/mixed: a service in Rust takes things off it,
// and it calls back.
//
// Its arguments are a port of loopback, 0 for a free one, and its revision. It prints the port.

require("./with-resolvers.cjs");

const http2 = require("node:http2");
const restate = require("@restatedev/restate-sdk");

const [, , port, revision] = process.argv;
const register = (ctx) => ctx.objectClient({ name: "Register" }, ctx.key);

const shelf = restate.object({
  name: "typescript.Shelf",
  handlers: {
    take: async (ctx, count) => {
      const taken = ((await ctx.get("taken")) ?? 0) + count;
      ctx.set("taken", taken);
      const before = await ctx.run("revision", () => revision);
      await register(ctx).record(count);
      const { id, promise } = ctx.awakeable();
      ctx.objectSendClient({ name: "Register" }, ctx.key).hold(id);
      try {
        await promise;
      } catch (error) {
        if (!(error instanceof restate.TerminalError)) throw error;
        // The invocation is cancelled: what it has done is undone.
        await register(ctx).record(-count);
        ctx.set("taken", taken - count);
        throw error;
      }
      return `${taken} from revision ${before}`;
    },
    taken: restate.handlers.object.shared(async (ctx) => (await ctx.get("taken")) ?? 0),
  },
});

const server = http2.createServer(restate.createEndpointHandler({ services: [shelf] }));
server.listen(Number(port), "127.0.0.1", () => console.log(server.address().port));
