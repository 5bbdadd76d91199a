// The SDK is made for node 22; this is all that it misses in node 18 and 20.
Promise.withResolvers ??= function () {
  let resolvers;
  const promise = new Promise((resolve, reject) => (resolvers = { resolve, reject }));
  return { promise, ...resolvers };
};
