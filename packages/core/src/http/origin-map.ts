const MAX_ORIGINS = 1_000;

/** State by origin, made when first asked for. It keeps the 1,000 origins last used: a map of all would never shrink. */
export function createOriginMap<T>(create: () => T): { get(origin: string): T } {
  const states = new Map<string, T>();
  return {
    get: (origin) => {
      const known = states.get(origin);
      const state = known ?? create();
      if (known === undefined && states.size >= MAX_ORIGINS) states.delete(states.keys().next().value ?? "");
      else if (known !== undefined) states.delete(origin);
      states.set(origin, state);
      return state;
    },
  };
}
