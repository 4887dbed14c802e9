// Loaded before the server in a soak: at a SIGUSR2 it collects garbage, and writes the bytes of the
// heap that are still in use to file 3.
const { writeSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

process.on('SIGUSR2', () => {
  setFlagsFromString('--expose-gc'); // only now: code that is kept from start to start has its flags
  const collect = runInNewContext('gc');
  for (let i = 0; i < 3; i++) collect();
  writeSync(3, `${process.memoryUsage().heapUsed}\n`);
});
