/**
 * Values between the preload's world and the page's, as Electron's contextBridge carries them: data is copied, functions
 * and promises become proxies, and what is neither is refused. Each world runs one side.
 *
 * The worlds share no object, only the document: a side posts text and gets text back in the same turn.
 */

type Crossed =
  | string
  | number
  | boolean
  | null
  | { readonly is: 'undefined' }
  | { readonly is: 'number'; readonly text: string }
  | { readonly is: 'function' | 'promise'; readonly id: number }
  | { readonly is: 'error'; readonly message: string; readonly stack: string }
  | { readonly is: 'array'; readonly items: readonly Crossed[] }
  | { readonly is: 'object'; readonly fields: readonly (readonly [string, Crossed])[] };

type Message =
  | { readonly do: 'expose'; readonly key: string; readonly value: Crossed }
  | { readonly do: 'call'; readonly id: number; readonly args: Crossed }
  | { readonly do: 'settle'; readonly id: number; readonly ok: boolean; readonly value: Crossed };
type Reply = { readonly ok: boolean; readonly value: Crossed };

type AnyFunction = (...args: unknown[]) => unknown;

export interface Side {
  /** Answers what the other side posts. */
  receive(message: string): string;
  /** Puts an API on the other side's window. */
  expose(key: string, api: unknown): void;
}

/** Electron's own limit. */
const maximumDepth = 1000;

/**
 * @param post hands a text to the other side and returns what its `receive` answers
 * @param globals where an exposed API goes
 */
export function createSide(post: (message: string) => string, globals: object): Side {
  const functions: AnyFunction[] = [];
  const promises = new Map<number, (settled: Reply) => void>();
  let nextPromise = 0;

  function ask(message: Message): unknown {
    const reply = JSON.parse(post(JSON.stringify(message))) as Reply;
    const value = enter(reply.value);
    if (reply.ok) return value;
    throw value;
  }

  function leave(value: unknown, depth = 0): Crossed {
    if (depth > maximumDepth)
      throw new Error(
        'Electron contextBridge recursion depth exceeded. Nested objects deeper than 1000 are not supported.',
      );
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : { is: 'number', text: String(value) };
    if (value === undefined) return { is: 'undefined' };
    if (typeof value === 'function') return { is: 'function', id: functions.push(value as AnyFunction) - 1 };
    if (typeof value !== 'object') throw new Error('An object could not be cloned.');
    if (value instanceof Promise) return leavePromise(value);
    if (value instanceof Error) return { is: 'error', message: value.message, stack: value.stack ?? '' };
    if (Array.isArray(value)) return { is: 'array', items: Array.from(value, (item) => leave(item, depth + 1)) };
    const kind = Object.prototype.toString.call(value);
    if (kind !== '[object Object]') throw new Error(`electron stand-in: ${kind} is not modelled on the context bridge`);
    const fields = Object.entries(value).filter(([, field]) => typeof field !== 'symbol');
    return { is: 'object', fields: fields.map(([key, field]) => [key, leave(field, depth + 1)] as const) };
  }

  function leavePromise(promise: Promise<unknown>): Crossed {
    const id = nextPromise++;
    const settle = (ok: boolean, value: unknown): void => void ask({ do: 'settle', id, ok, value: leave(value) });
    void promise.then(
      (value) => {
        try {
          settle(true, value);
        } catch (error) {
          settle(false, error);
        }
      },
      (error: unknown) => settle(false, error),
    );
    return { is: 'promise', id };
  }

  function enter(value: Crossed): unknown {
    if (value === null || typeof value !== 'object') return value;
    switch (value.is) {
      case 'undefined':
        return undefined;
      case 'number':
        return Number(value.text);
      case 'function':
        return (...args: unknown[]) => ask({ do: 'call', id: value.id, args: leave(args) });
      case 'promise':
        return new Promise((resolve, reject) => {
          promises.set(value.id, (settled) => (settled.ok ? resolve : reject)(enter(settled.value)));
        });
      case 'error':
        return Object.assign(new Error(value.message), { stack: value.stack });
      case 'array':
        return value.items.map(enter);
      case 'object':
        return Object.fromEntries(value.fields.map(([key, field]) => [key, enter(field)]));
    }
  }

  function act(message: Message): unknown {
    switch (message.do) {
      case 'expose':
        if (message.key in globals)
          throw new Error('Cannot bind an API on top of an existing property on the window object');
        Object.defineProperty(globals, message.key, { value: freeze(enter(message.value)), enumerable: true });
        return undefined;
      case 'call': {
        const called = functions[message.id];
        if (called === undefined) throw new Error('electron stand-in: no such function');
        return called(...(enter(message.args) as unknown[]));
      }
      case 'settle':
        promises.get(message.id)?.(message);
        promises.delete(message.id);
        return undefined;
    }
  }

  return {
    receive(text) {
      let reply: Reply;
      try {
        reply = { ok: true, value: leave(act(JSON.parse(text) as Message)) };
      } catch (error) {
        reply = { ok: false, value: leave(error) };
      }
      return JSON.stringify(reply);
    },
    expose: (key, api) => void ask({ do: 'expose', key, value: leave(api) }),
  };
}

function freeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
