#!/usr/bin/env node
// ES5 on purpose: an old Node must be able to parse this file and say what it needs.
'use strict';
var found = process.versions.node;
var needs = 'agentops: needs Node 22.19 or newer, this is '.concat(found);
var version = found.split('.').map(Number);
if (version[0] < 22 || (version[0] === 22 && version[1] < 19)) {
  process.stderr.write(needs.concat(' (for one run: npx -p node@24 -p agentops agentops)\n'));
  process.exitCode = 4;
} else if (!require('node:fs').existsSync(require('node:path').join(__dirname, '../dist/main.cjs'))) {
  process.stderr.write('agentops: not built yet (npm run build)\n');
  process.exitCode = 4;
} else {
  require('../dist/main.cjs');
}
