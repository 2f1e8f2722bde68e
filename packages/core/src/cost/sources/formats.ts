import type { FileFormat } from '../../model/usage.ts';
import { agentopsCsv, agentopsJsonl } from './agentops.ts';
import { anthropicUsage } from './anthropic.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { helicone } from './helicone.ts';
import { langfuse } from './langfuse.ts';
import { litellm } from './litellm.ts';
import { openaiUsage } from './openai.ts';
import { otlp } from './otlp/otlp.ts';
import type { DocumentFormat, LineFormat } from './source.ts';

/** States are opaque to whoever drives a format: they come from its own `start` and `read`. */
// biome-ignore lint/suspicious/noExplicitAny: the state's type is the format's own affair
export type AnyLineFormat = LineFormat<any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyDocumentFormat = DocumentFormat<any>;

export type Format =
  | { readonly rows: 'lines'; readonly format: AnyLineFormat }
  | { readonly rows: 'documents'; readonly format: AnyDocumentFormat };

const lines = (format: AnyLineFormat): Format => ({ rows: 'lines', format });
const documents = (format: AnyDocumentFormat): Format => ({ rows: 'documents', format });

/** Every format that comes as a file, by the name that a configuration gives it. */
export const formats = {
  'claude-code': lines(claudeCode),
  codex: lines(codex),
  'openai-usage': documents(openaiUsage),
  'anthropic-usage': documents(anthropicUsage),
  litellm: documents(litellm),
  otlp: documents(otlp),
  langfuse: documents(langfuse),
  helicone: lines(helicone),
  'agentops-jsonl': lines(agentopsJsonl),
  'agentops-csv': lines(agentopsCsv),
} as const satisfies Readonly<Record<FileFormat, Format>>;

export type FormatId = FileFormat;
