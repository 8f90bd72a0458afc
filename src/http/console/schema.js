// Asks the server for its schema and keeps it in a shape that completion and docs can look things up in.

import { send } from './request.js';

// Six levels of `ofType` unwrap `[[T!]!]!`. Written with fragments it stays far below the server's limits on depth
// and on expanded selections; the `includeDeprecated` of arguments is left out because older servers refuse it.
export const INTROSPECTION = `query Introspection {
  __schema {
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      kind name description specifiedByURL
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args { ...Input }
        type { ...Ref }
      }
      inputFields { ...Input }
      interfaces { name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { name }
    }
    directives { name description locations args { ...Input } }
  }
}
fragment Input on __InputValue { name description defaultValue type { ...Ref } }
fragment Ref on __Type {
  kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } }
}`;

/** The schema, or an `Error` whose message can be shown to people. */
export async function loadSchema(authorization) {
  const outcome = await send({ query: INTROSPECTION, operationName: 'Introspection', authorization, cost: false });
  if (outcome.kind !== 'answer') throw new Error(outcome.message);
  const data = outcome.json?.data?.__schema;
  if (!data) {
    const said = outcome.json?.errors?.[0]?.message;
    throw new Error(said ? `The server says: ${said}` : `The server answered HTTP ${outcome.status} without a schema.`);
  }
  return index(data);
}

const byName = (list) => new Map((list ?? []).map((item) => [item.name, item]));

function index(data) {
  const types = new Map();
  for (const raw of data.types) {
    const fields = (raw.fields ?? []).map((field) => ({ ...field, args: byName(field.args) }));
    types.set(raw.name, {
      ...raw,
      fields: byName(fields),
      inputFields: byName(raw.inputFields),
      enumValues: byName(raw.enumValues),
      interfaces: (raw.interfaces ?? []).map((type) => type.name),
      possibleTypes: (raw.possibleTypes ?? []).map((type) => type.name),
    });
  }
  const root = (type) => (type ? types.get(type.name) : undefined);
  return {
    types,
    roots: { query: root(data.queryType), mutation: root(data.mutationType), subscription: root(data.subscriptionType) },
    directives: byName((data.directives ?? []).map((directive) => ({ ...directive, args: byName(directive.args) }))),
  };
}

/** The name at the core of a type reference: `Post` of `[Post!]!`. */
export function coreName(ref) {
  let inner = ref;
  while (inner?.ofType) inner = inner.ofType;
  return inner?.name ?? null;
}

/** A type reference as it is written: `[Post!]!`. */
export function refText(ref) {
  if (!ref) return '';
  if (ref.kind === 'NON_NULL') return `${refText(ref.ofType)}!`;
  if (ref.kind === 'LIST') return `[${refText(ref.ofType)}]`;
  return ref.name;
}

export const isComposite = (type) => ['OBJECT', 'INTERFACE', 'UNION'].includes(type?.kind);
export const isInput = (type) => ['SCALAR', 'ENUM', 'INPUT_OBJECT'].includes(type?.kind);

/** Types that a fragment inside `type` may name: those that share at least one object type with it. */
export function overlapping(schema, type) {
  const objects = (one) => (one.kind === 'OBJECT' ? [one.name] : one.possibleTypes);
  const mine = type ? new Set(objects(type)) : null;
  return [...schema.types.values()].filter((other) =>
    isComposite(other) && !other.name.startsWith('__') && (!mine || objects(other).some((name) => mine.has(name))));
}
