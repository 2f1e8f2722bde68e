import type { SetterConfig } from '../../../config/secrets.ts';
import { commandCalls, issue } from '../command.ts';
import type { Setter } from './setter.ts';

/** A program that speaks as the `command` issuer's with origin `ours`; it must keep the old value until it is told to revoke it. */
export function commandSetter(
  config: Extract<SetterConfig, { type: 'command' }>,
  secret: string,
  options: { readonly verified: boolean },
): Setter {
  return {
    live: 'both',
    ...commandCalls(config, secret, options),
    issue: (request, context) => issue(config, secret, request, context, 'ours'),
  };
}
