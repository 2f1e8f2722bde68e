/** `npm start`: builds, opens the lab with a bad rollout in it, diagnoses it and reports what it costs, as a user would see it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const scenario = 'bad-rollout';

// What the build says is not the result: stdout is the report alone.
const built = spawnSync(process.execPath, [join(root, 'scripts', 'build.ts')], { stdio: ['ignore', 2, 2] });
if (built.status !== 0) process.exit(built.status ?? 1);

const command = ['lab', scenario, '--diagnose', '--cost'];
process.stderr.write(`\n$ agentops ${command.join(' ')}\n`);
const bin = join(root, 'packages', 'cli', 'bin', 'agentops.cjs');
const { status } = spawnSync(process.execPath, [bin, ...command], { stdio: 'inherit' });
if (status === 2) {
  process.stderr.write(
    '\nThe lab is critical on purpose, so agentops ended with 2; npm start ends with 0. ' +
      'Go on: npx agentops lab list, npx agentops init, npx agentops diagnose, npx agentops cost report\n',
  );
} else {
  process.stderr.write(`\nnpm start: expected exit code 2 of a lab that is critical, got ${status ?? 'a signal'}\n`);
  process.exitCode = 1;
}
