import { plural } from '../../model/format.ts';
import type { SecretVerification } from '../../model/secret-verification.ts';
import { createPaint } from '../terminal/paint.ts';
import { columns, padEnd, wrap } from '../terminal/text.ts';
import { bothEnds, headClock, type SecretsRender, type Tone, tint } from './words.ts';

const results: Readonly<Record<SecretVerification['result'], { readonly text: string; readonly tone: Tone }>> = {
  ok: { text: '✔ passed', tone: 'pass' },
  bad: { text: '✖ critical', tone: 'fail' },
  unknown: { text: '? not seen', tone: 'unknown' },
};

const answers = {
  yes: { icon: '✔', tone: 'pass' },
  no: { icon: '✖', tone: 'fail' },
  unknown: { icon: '?', tone: 'unknown' },
} as const;

/** Whether each present value is accepted and held by its consumers, a line for each who was asked. `now`: ms since the epoch. */
export function renderVerifications(
  verifications: readonly SecretVerification[],
  { width, color, timeZone, now }: SecretsRender & { readonly now: number },
): string {
  const paint = createPaint(color);
  const count = (result: SecretVerification['result']): number => verifications.filter((each) => each.result === result).length;
  const parts = [
    count('bad') > 0 ? `${count('bad')} critical` : '',
    count('unknown') > 0 ? `${count('unknown')} not seen` : '',
    `${count('ok')} of ${plural(verifications.length, 'secret')} passed`,
  ];
  const lines = [paint.dim(`verification · ${headClock(now, timeZone)}`), '', parts.filter(Boolean).join(' · ')];
  for (const each of verifications) {
    const { text, tone } = results[each.result];
    const place = each.location === null ? 'inside Vault' : `${each.location}${each.version === null ? '' : ` version ${each.version}`}`;
    const head = bothEnds(`${each.secret}   ${place}`, text, width);
    lines.push('', ...head.map((line) => line.replace(text, tint(paint, tone, text))));
    const rows = [
      ...each.accepted.map(({ by, accepted, detail }) => ({ who: by, answer: accepted, word: acceptedWord[accepted], detail })),
      ...each.consumers.map(({ consumer, holds, detail }) => ({ who: consumer, answer: holds, word: heldWord[holds], detail })),
    ];
    const who = Math.min(44, Math.max(0, ...rows.map((row) => columns(row.who))));
    const word = Math.max(0, ...rows.map((row) => row.word.length));
    for (const { who: name, answer, word: said, detail } of rows) {
      const { icon, tone: color3 } = answers[answer];
      const start = `  ${icon} ${padEnd(said, word)}  ${padEnd(name, who)}`;
      const whole = detail === '' || detail === said ? start.trimEnd() : `${start}  ${detail}`;
      const fits = columns(whole) <= width ? [whole] : [start.trimEnd(), ...wrap(detail, width - 6).map((line) => `      ${line}`)];
      lines.push(...fits.map((line) => line.replace(`${icon} ${said}`, tint(paint, color3, `${icon} ${said}`))));
    }
    lines.push(...each.notes.flatMap((note) => wrap(`! ${note}`, width - 2)).map((line) => `  ${tint(paint, 'warn', line)}`));
  }
  return lines.join('\n');
}

const acceptedWord = { yes: 'accepted', no: 'refused', unknown: 'not seen' } as const;
const heldWord = { yes: 'held', no: 'differs', unknown: 'not seen' } as const;
