// One side of a comparison, in a process of its own: it gets `{ module, name, task }` and answers with what the function gives.
process.once('message', async ({ module, name, task }) => {
  try {
    const side = await import(module);
    const answer = await side[name](task, (message) => process.send({ message }));
    process.send({ answer: answer ?? null });
  } catch (error) {
    process.send({ error: error instanceof Error ? error.stack : String(error) });
  }
  process.disconnect();
  // A consumer takes it as it does in production; anything else has nothing left to do.
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
  else process.exit(0);
});
