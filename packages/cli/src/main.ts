import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

// A closed pipe (`agentops … | head`) is the reader's choice, not an error: the run goes on to its own exit code.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  });
}
// Node would end with 1, which says "warning" here.
process.on('uncaughtException', (error) => process.exit(reportError(error)));

createProgram()
  .parseAsync(process.argv)
  .catch((error: unknown) => {
    process.exitCode = reportError(error);
  });
