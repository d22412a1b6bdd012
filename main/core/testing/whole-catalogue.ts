/**
 * Every error there is, the front ends' own included, for tests that hold for all of them.
 */
import { cliErrors } from '../../cli/errors';
import { dashboardErrors } from '../../dashboard/errors';
import { webErrors } from '../../web/errors';
import { errorCodes, errorsOf, k3sVmError, type Catalogue, type ErrorCode, type K3sVmError } from '../errors';

type Make = (parameters: object) => K3sVmError;

const makersOf = (codes: readonly string[], make: (code: never, parameters: never) => K3sVmError): [string, Make][] =>
  codes.map((code) => [code, (parameters) => make(code as never, parameters as never)]);

const frontEnds: readonly Catalogue[] = [cliErrors, dashboardErrors, webErrors];

/** What makes each error, by its code. */
export const wholeCatalogue: readonly (readonly [code: string, make: Make])[] = [
  ...makersOf(errorCodes, k3sVmError),
  ...frontEnds.flatMap((rows) => makersOf(Object.keys(rows), errorsOf(rows))),
];

/** What most messages make do with: a text for every property, which does for a list and a number, too. */
export function parametersOf(text: (key: string) => string): object {
  return new Proxy(
    {},
    {
      get: (_, key: string) => {
        const value = text(key);
        return Object.assign(Object(value) as object, { join: () => value });
      },
    },
  );
}

/** Codes whose parameters are not all free text, but words of ours, or lists. */
export const particular: { readonly [C in ErrorCode]?: (text: (key: string) => string) => object } = {
  TOOL_MISSING: () => ({ tool: 'ssh' }),
  NOT_INSTALLED: () => ({ what: ['libvirt', 'ssh'] }),
  CANCELLED: () => ({ operation: 'stop' }),
  PORT_IN_USE: () => ({ port: 6443, use: 'api' }),
  BUSY: () => ({ name: 'web', operation: 'setup', pid: 42 }),
  CONFIG_INVALID: (text) => ({ where: text('where'), problems: [text('problem')] }),
  NOT_WRITABLE: (text) => ({ use: 'cache', path: text('path'), why: text('why') }),
  UNTRUSTED_PROJECT: (text) => ({
    folder: text('folder'),
    path: text('path'),
    owner: text('owner'),
    paths: [text('path')],
    uid: 1000,
    found: true,
  }),
};
