import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../../packages/core/src/evidence/http/proxy.ts';

describe('proxyFor', () => {
  const direct = undefined;
  const corp = { host: 'proxy.corp', port: 3128, tls: false };
  test.each<[string, string, Record<string, string>, ReturnType<typeof proxyFor>]>([
    ['nothing set', 'https://api.openai.com/', {}, direct],
    ['HTTPS_PROXY for https', 'https://api.openai.com/', { HTTPS_PROXY: 'http://proxy.corp:3128' }, corp],
    ['HTTPS_PROXY is not for http', 'http://api.example/', { HTTPS_PROXY: 'http://proxy.corp:3128' }, direct],
    ['http_proxy for http', 'http://api.example/', { http_proxy: 'http://proxy.corp:3128' }, corp],
    ['HTTP_PROXY in upper case is not read', 'http://api.example/', { HTTP_PROXY: 'http://proxy.corp:3128' }, direct],
    ['ALL_PROXY for both', 'http://api.example/', { ALL_PROXY: 'proxy.corp:3128' }, corp],
    ['an empty variable is none', 'https://api.example/', { HTTPS_PROXY: '' }, direct],
    ['lower case wins', 'https://a.example/', { https_proxy: 'http://proxy.corp:3128', HTTPS_PROXY: 'http://other:1' }, corp],
    ['default port', 'https://a.example/', { HTTPS_PROXY: 'http://proxy.corp' }, { host: 'proxy.corp', port: 80, tls: false }],
    ['a proxy behind TLS', 'https://a.example/', { HTTPS_PROXY: 'https://proxy.corp' }, { host: 'proxy.corp', port: 443, tls: true }],
    [
      'credentials, percent-decoded',
      'https://a.example/',
      { HTTPS_PROXY: 'http://us%40er:p%3Ass@proxy.corp:3128' },
      { ...corp, authorization: `Basic ${Buffer.from('us@er:p:ss').toString('base64')}` },
    ],
    ['SOCKS is not spoken', 'https://a.example/', { HTTPS_PROXY: 'socks5://proxy.corp:1080' }, 'invalid'],
    ['no URL', 'https://a.example/', { HTTPS_PROXY: 'http://' }, 'invalid'],
    ['loopback name', 'https://localhost:8443/', { HTTPS_PROXY: 'http://proxy.corp:3128' }, direct],
    ['loopback address', 'https://127.0.0.2/', { HTTPS_PROXY: 'http://proxy.corp:3128' }, direct],
    ['IPv6 loopback', 'https://[::1]/', { HTTPS_PROXY: 'http://proxy.corp:3128' }, direct],
    ['NO_PROXY *', 'https://a.example/', { HTTPS_PROXY: 'http://proxy.corp:3128', NO_PROXY: '*' }, direct],
    ['NO_PROXY the host', 'https://a.example/', { HTTPS_PROXY: 'http://proxy.corp:3128', NO_PROXY: 'b.example, a.example' }, direct],
    ['NO_PROXY a domain', 'https://a.b.example/', { HTTPS_PROXY: 'http://proxy.corp:3128', NO_PROXY: '.b.example' }, direct],
    ['NO_PROXY *.domain', 'https://a.b.example/', { HTTPS_PROXY: 'http://proxy.corp:3128', no_proxy: '*.b.example' }, direct],
    ['NO_PROXY only a suffix of the name', 'https://ab.example/', { HTTPS_PROXY: 'http://proxy.corp:3128', NO_PROXY: 'b.example' }, corp],
    ['NO_PROXY with the port', 'https://a.example:8443/', { HTTPS_PROXY: 'http://proxy.corp:3128', NO_PROXY: 'a.example:8443' }, direct],
    ['NO_PROXY with another port', 'https://a.example/', { HTTPS_PROXY: 'http://proxy.corp:3128', NO_PROXY: 'a.example:8443' }, corp],
  ])('%s', (_name, url, env, expected) => {
    expect(proxyFor(new URL(url), env)).toEqual(expected);
  });
});
