// One side of a comparison in its own process. It receives `{ module, name, task }` and answers with the result of that
// function.
process.once('message', async ({ module, name, task }) => {
  try {
    const side = await import(module);
    const answer = await side[name](task, (message) => process.send({ message }));
    process.send({ answer: answer ?? null });
  } catch (error) {
    process.send({ error: error instanceof Error ? error.stack : String(error) });
  }
  process.disconnect();
  // A consumer stops on SIGTERM, as in production. Other sides have nothing left to do.
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
  else process.exit(0);
});
