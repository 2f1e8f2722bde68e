// A small exporter for the live scrape: `node exporter.ts PORT HISTORY_START_MS`.
import { createServer } from 'node:http';
import { sampleLine, samplesAt } from './history.ts';

const [port, start] = process.argv.slice(2).map(Number);

createServer((request, response) => {
  if (request.url?.split('?')[0] !== '/metrics') {
    response.writeHead(404).end();
    return;
  }
  const lines = samplesAt(Date.now(), start ?? 0).map((sample) => sampleLine(sample));
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(`${lines.join('\n')}\n`);
}).listen(port, '127.0.0.1');
