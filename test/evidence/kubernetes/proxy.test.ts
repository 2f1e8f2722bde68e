import { expect, test } from 'vitest';
import { proxyFromEnvironment } from '../../../packages/core/src/evidence/kubernetes/proxy.ts';

const proxy = 'http://proxy:3128';

test.each([
  ['https://api.example.com', {}, undefined],
  ['https://api.example.com', { HTTPS_PROXY: proxy }, proxy],
  ['https://api.example.com', { https_proxy: 'proxy:3128' }, proxy],
  ['http://api.example.com', { HTTPS_PROXY: proxy }, undefined],
  ['http://api.example.com', { HTTP_PROXY: proxy }, proxy],
  ['https://127.0.0.1:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://localhost:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://[::1]:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://api.example.com', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, undefined],
  ['https://api.example.com', { HTTPS_PROXY: proxy, NO_PROXY: 'other, example.com' }, undefined],
  ['https://api.example.com', { HTTPS_PROXY: proxy, NO_PROXY: '.example.com' }, undefined],
  ['https://example.com', { HTTPS_PROXY: proxy, NO_PROXY: '.example.com' }, proxy],
  ['https://badexample.com', { HTTPS_PROXY: proxy, NO_PROXY: 'example.com' }, proxy],
  ['https://api.example.com:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example.com:6443' }, undefined],
  ['https://api.example.com', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example.com:6443' }, proxy],
  ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, undefined],
  ['https://11.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, proxy],
  ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3' }, undefined],
  ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, undefined],
  ['https://api.example.com', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/99' }, proxy],
])('%s with %o', (server, env, expected) => {
  expect(proxyFromEnvironment(server, env)).toBe(expected);
});
