// Services of `tests/proto/peer/v1/peer.proto` on Restate's SDK for TypeScript.
//
// Listens on a free port of loopback and prints it. The SDK is found through NODE_PATH.

require("./with-resolvers.cjs");

const http2 = require("node:http2");
const restate = require("@restatedev/restate-sdk");

const desk = (ctx) => ctx.serviceClient({ name: "peer.v1.Desk" });
const jar = (ctx, key) => ctx.objectClient({ name: "Jar" }, key);

const ledger = restate.object({
  name: "peer.v1.Ledger",
  handlers: {
    Add: async (ctx, entry) => {
      const held = BigInt((await ctx.get("cents")) ?? "0") + BigInt(entry.cents ?? "0");
      ctx.set("cents", held.toString());
      return { ...entry, cents: held.toString() };
    },
    Read: restate.handlers.object.shared(async (ctx) => ({
      accountName: ctx.key,
      cents: (await ctx.get("cents")) ?? "0",
    })),
    Refuse: async (ctx, account) => {
      throw new restate.TerminalError(`${account.name} has no account`, {
        errorCode: 418,
        metadata: { ledger: "typescript" },
      });
    },
    Complete: async (ctx, account) => {
      ctx.resolveAwakeable(account.awakeable, { accountName: account.name, cents: "7" });
      return {};
    },
  },
});

const teller = restate.service({
  name: "peer.v1.Teller",
  handlers: {
    Double: async (ctx, entry) => {
      const doubled = await desk(ctx).Double(entry);
      const again = ctx.serviceSendClient({ name: "peer.v1.Desk" });
      again.Deposit(entry);
      again.Deposit(entry, restate.rpc.sendOpts({ delay: 10 }));
      return doubled;
    },
    Complain: async (ctx, account) => {
      try {
        return await desk(ctx).Deny(account);
      } catch (error) {
        const { code, message, metadata } = error;
        return { code, message, metadata };
      }
    },
    Wait: async (ctx, account) => {
      const { id, promise } = ctx.awakeable();
      await desk(ctx).Complete({ ...account, awakeable: id });
      return await promise;
    },
  },
});

// What no contract describes but a trait in Rust.
const stock = restate.service({
  name: "Stock",
  handlers: {
    order: async (ctx, { item, count }) => {
      const taken = await jar(ctx, item).take(count);
      return { item, count: taken, left: await jar(ctx, item).left() };
    },
    echo: async (ctx, text) => `${text}!`,
    nothing: async () => {},
  },
});

const server = http2.createServer(
  restate.createEndpointHandler({ services: [ledger, teller, stock] }),
);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
