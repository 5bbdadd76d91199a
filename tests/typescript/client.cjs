// Calls services through the ingress whose URL is the argument, with Restate's client for TypeScript.
//
// Prints what it got, as one line of JSON. The client is found through NODE_PATH.

const clients = require("@restatedev/restate-sdk-clients");

const ingress = clients.connect({ url: process.argv[2] });
const greeter = ingress.serviceClient({ name: "client.v1.Greeter" });
const counter = ingress.objectClient({ name: "client.v1.Counter" }, "a/b");
const signup = ingress.workflowClient({ name: "client.v1.Signup" }, "pete");

const main = async () => {
  const results = {};
  results.called = await greeter.SayHello("Pete");
  results.inLowerCamelCase = await greeter.sayHello("Pete");
  results.added = [await counter.Add(2), await counter.add(3)];
  const sends = ingress.serviceSendClient({ name: "client.v1.Greeter" });
  const sent = await sends.sayHello("Ann", clients.rpc.sendOpts({ idempotencyKey: "ann" }));
  results.sent = [sent.status, await ingress.result(sent)];
  const submitted = await signup.workflowSubmit("pete@example.com");
  results.submitted = submitted.status;
  results.address = await signup.address();
  results.attached = await signup.workflowAttach();
  results.output = (await signup.workflowOutput()).result;
  results.again = (await signup.workflowSubmit("ann@example.com")).status;
  try {
    await greeter.sayNothing("Pete");
  } catch (error) {
    results.refused = error.status;
  }
  console.log(JSON.stringify(results));
};

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
