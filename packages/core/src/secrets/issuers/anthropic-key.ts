import { z } from 'zod';
import type { SecretValue } from '../value.ts';

/** A key as the admin API lists it. */
export const anthropicKey = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  status: z.string(),
  partial_key_hint: z.string().nullish(),
  workspace_id: z.string().nullish(),
});
export type AnthropicKey = z.infer<typeof anthropicKey>;

/** What all keys begin with says nothing about one of them. */
const common = /^sk-ant-(?:[a-z]+\d\d-)?/;

/**
 * Whether a hint such as `sk-ant-api03-R2D...igAA` can be of a value: its
 * beginning and its end are the value's. A hint that shows less than five
 * characters of its own tells nothing, and matches nothing. Never show a hint.
 */
export function matchesHint(hint: string | null | undefined, value: SecretValue): boolean {
  const [, head = '', tail = ''] = /^(.*?)(?:\.{2,}|…|\*+)(.*)$/.exec(hint ?? '') ?? [];
  const own = head.replace(common, '').length + tail.length;
  if (own < 5 || head.length + tail.length >= value.length) return false;
  return value.use((bytes) => {
    const start = Buffer.from(head, 'utf8');
    const end = Buffer.from(tail, 'utf8');
    return bytes.subarray(0, start.length).equals(start) && bytes.subarray(bytes.length - end.length).equals(end);
  });
}
