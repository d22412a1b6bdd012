/**
 * Objects that know what they do not model: using anything else of the real API throws instead of answering undefined, so
 * a spec cannot pass because the stand-in looked away.
 */

/** What JavaScript itself and module loaders look for on any object. */
const asked: readonly PropertyKey[] = ['then', 'toJSON', '__esModule', 'default', 'constructor', 'inspect', 'nodeType'];

/** `target`, throwing for what it has not. @param name how the real thing is called */
export function modelled<T extends object>(name: string, target: T): T {
  return new Proxy(target, {
    get(object, key, receiver) {
      if (typeof key === 'symbol' || key in object || asked.includes(key)) return Reflect.get(object, key, receiver);
      throw new Error(`electron stand-in: ${name}.${key} is not modelled`);
    },
    set(object, key, value, receiver) {
      if (typeof key === 'symbol' || key in object || key.startsWith('_'))
        return Reflect.set(object, key, value, receiver);
      throw new Error(`electron stand-in: setting ${name}.${key} is not modelled`);
    },
  });
}

/** A class whose instances and statics are `modelled`. */
export function modelledClass<C extends abstract new (...args: never[]) => object>(name: string, real: C): C {
  const instances = new Proxy(real, {
    construct: (target, args, newTarget) => modelled(name, Reflect.construct(target, args, newTarget) as object),
  });
  return modelled(name, instances);
}
