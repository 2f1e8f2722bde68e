#!/usr/bin/env node
// Plain syntax on purpose: an old Node must be able to parse this file and say what it needs.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `agentops: needs Node 22.19 or newer, this is ${process.versions.node} (install a newer Node, or run it with "npx -p node@24 agentops")\n`,
  );
  process.exitCode = 4;
} else {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import('../dist/main.js').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('dist/main.js')) throw error;
    process.stderr.write('agentops: not built yet (npm run build)\n');
    process.exitCode = 4;
  });
}
