/** Stable codes; nobody matches message text. */
export type ErrorCode =
  | 'config-not-found'
  | 'config-invalid'
  | 'config-reference'
  | 'usage'
  | 'unsupported-node'
  | 'file-exists'
  | 'file-unreadable'
  | 'file-unwritable'
  | 'port-in-use'
  | 'ledger-unavailable'
  | 'rotation'
  | 'internal';

/** Where in a file the mistake is; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Every error a user may see. The message is lower-case and names the wrong
 * value (never a secret one); `hint` says what to do next.
 */
export class AgentOpsError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly position: Position | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; hint?: string; position?: Position } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AgentOpsError';
    this.code = code;
    this.hint = options.hint;
    this.position = options.position;
  }

  /** One line: `agentops.yaml:12:5: unknown key "promethues" (did you mean "prometheus"?)`. */
  oneLine(): string {
    const where = this.position ? `${this.position.file}:${this.position.line}:${this.position.column}: ` : '';
    const hint = this.hint ? ` (${this.hint})` : '';
    return `${where}${this.message}${hint}`.replaceAll(/\s*\n\s*/g, ' ');
  }
}

/** True for an {@link AgentOpsError} with that code. */
export function isAgentOpsError(error: unknown, code?: ErrorCode): error is AgentOpsError {
  // By name, not by class: the CLI's entry and its commands are bundled apart, each with a class of its own.
  return error instanceof Error && error.name === 'AgentOpsError' && (code === undefined || (error as AgentOpsError).code === code);
}
