// One side of a comparison, in a process of its own: it gets `{ module, name, task }` and answers with what the function gives.
process.once('message', async ({ module, name, task }) => {
  try {
    const side = await import(module);
    process.send({ answer: await side[name](task, (message) => process.send({ message })) });
  } catch (error) {
    process.send({ error: error instanceof Error ? error.stack : String(error) });
  }
  // A process that is profiled writes its profile when it ends by itself.
  process.disconnect();
  setTimeout(() => process.exit(0), 5_000).unref();
});
