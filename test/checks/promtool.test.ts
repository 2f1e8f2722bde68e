import { expect, it } from 'vitest';
import { promtool } from '../../packages/core/src/checks/promtool.ts';

it.each<[url: string, expression: string, command: string]>([
  ['http://prom:9090/x', 'up{a="b"}', `promtool query instant http://prom:9090/x 'up{a="b"}'`],
  ['http://[::1]:9090', "up{a='b'}", `promtool query instant http://[::1]:9090 'up{a='\\''b'\\''}'`],
  ["http://prom/$(id)'", 'up', `promtool query instant 'http://prom/$(id)'\\''' 'up'`],
])('%s %s', (url, expression, command) => {
  expect(promtool(url, expression)).toBe(command);
});
