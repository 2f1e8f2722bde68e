import type { Random } from './random.ts';

const sources = [
  'The failing test expects the retry to stop after three attempts, but the counter is reset inside of the loop.',
  'export async function readConfig(path: string): Promise<Config> {\n  const text = await readFile(path, "utf8");\n  return schema.parse(JSON.parse(text));\n}\n',
  '   142→    if (response.status === 429) {\n   143→      await sleep(backoff(attempt));\n   144→      continue;\n   145→    }\n',
  '$ npm test\n\n> vitest run\n\n ✓ test/ledger/contract.test.ts (48 tests) 1203ms\n ✗ test/report/month.test.ts (3 tests | 1 failed)\n',
  'diff --git a/src/index.ts b/src/index.ts\n--- a/src/index.ts\n+++ b/src/index.ts\n@@ -1,6 +1,7 @@\n-const limit = 10;\n+const limit = Number(env.LIMIT ?? "10");\n',
  'für Größe und Maß: siehe „Handbuch“, Abschnitt 4 — 手順を確認してください。\n',
  '{"id":"item-17","model":"sedan","usage":{"hours":12},"note":"a \\"quoted\\" word and a path C:\\\\temp"}\n',
  'src/cost/ledger.ts:88:  const rows = await ledger.rows({ from, to, by: ["model"] });\nsrc/cost/report.ts:12:import type { Ledger } from "./ledger.ts";\n',
  '<div className="row">\n\t<span title="total">{usd(total)}</span>\n</div>\n',
] as const;

/** Text as it stands inside of a JSON string, of any length; made once, cut between words. */
export class Corpus {
  readonly #text: string;
  readonly #cuts: readonly number[];

  constructor(random: Random) {
    const pieces = Array.from({ length: 16_000 }, () => JSON.stringify(random.pick(sources)).slice(1, -1));
    this.#text = pieces.join(' ');
    const cuts: number[] = [];
    for (let at = this.#text.indexOf(' '); at >= 0; at = this.#text.indexOf(' ', at + 1)) cuts.push(at + 1);
    this.#cuts = cuts;
  }

  /** About so many characters; at most half of the corpus. */
  take(random: Random, length: number): string {
    const longest = Math.min(length, this.#text.length / 2);
    const start = this.#cuts[Math.floor(random.share() * this.#cuts.length * 0.5)] ?? 0;
    const end = this.#text.indexOf(' ', start + longest);
    return this.#text.slice(start, end < 0 ? this.#text.length : end);
  }
}
