// Finds what may be written at the cursor. It walks the tokens before the cursor with a stack of open brackets and
// the type inside each, and goes on over mistakes, because the text at a cursor is rarely a valid document.

import { lex } from './lex.js';
import { coreName, isComposite, isInput, overlapping, refText } from './schema.js';

/** `{ from, to, prefix, items: [{ label, insert, detail, description }] }`, or `null` when there is nothing to offer. */
export function complete(schema, source, offset) {
  if (!schema) return null;
  const tokens = lex(source);
  const inside = tokens.find((token) => token.start < offset && offset < token.end + (isOpenText(token) ? 1 : 0)
    && ['comment', 'string', 'block'].includes(token.kind));
  if (inside) return null;
  const word = tokens.find((token) => ['name', 'variable', 'directive'].includes(token.kind) && token.start < offset && offset <= token.end);
  const before = tokens.filter((token) => token.kind !== 'comment' && token !== word && token.end <= offset);
  const prefix = word ? source.slice(word.start, offset) : '';
  const items = rank(candidates(schema, walk(schema, before), prefix, tokens), prefix);
  return items.length ? { from: word?.start ?? offset, to: word?.end ?? offset, prefix, items } : null;
}

// A comment runs to the end of its line, and so does a string that nobody closed: the cursor after it is still inside.
const isOpenText = (token) => token.kind === 'comment' || (token.kind === 'string' && !/^"(?:\\.|[^"\\])*"$/.test(token.text))
  || (token.kind === 'block' && !/^"""[^]*"""$/.test(token.text));

function rank(items, prefix) {
  const wanted = prefix.toLowerCase();
  const place = ({ label }) => {
    const text = label.toLowerCase();
    if (label === prefix) return 0;
    if (text.startsWith(wanted)) return 1;
    return text.includes(wanted.replace(/^[$@]/, '')) ? 2 : -1;
  };
  return items.map((item, i) => ({ item, i, at: place(item) })).filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || a.i - b.i).map(({ item }) => item);
}

/** The innermost open place before the cursor, with the variables declared so far. */
function walk(schema, tokens) {
  let declared = new Map();
  let stack = [{ in: 'document' }];
  const pop = () => { if (stack.length > 1) stack.pop(); };
  tokens.forEach((token, i) => {
    if (startsDefinition(tokens, i)) stack = [{ in: 'document' }];
    const top = stack.at(-1);
    const next = tokens[i + 1]?.text;
    const { text, kind } = token;
    if (text === '}') {
      // A forgotten `)` or `]` must not swallow the rest of the document.
      while (['arguments', 'list', 'variables'].includes(stack.at(-1).in)) pop();
      pop();
      return;
    }
    if (kind === 'directive') { top.directive = schema.directives.get(text.slice(1)) ?? {}; return; }
    if (text === '(' && top.directive) {
      stack.push({ in: 'arguments', inputs: top.directive.args, used: new Set() });
      top.directive = null;
      return;
    }
    if (top.in === 'document') inDocument();
    else if (top.in === 'selection') inSelection();
    else if (top.in === 'variables') inVariables();
    else inValues();

    function inDocument() {
      if (text === '{') {
        stack.push({ in: 'selection', type: top.fragment ? top.type : schema.roots[top.operation ?? 'query'], used: new Set() });
        Object.assign(top, { operation: null, fragment: null, type: null, on: false });
      } else if (text === '(') stack.push({ in: 'variables' });
      else if (kind !== 'name') return;
      else if (top.fragment && text === 'on') top.on = true;
      else if (top.on) top.type = schema.types.get(text);
      else if (text in schema.roots && !top.operation) { declared = new Map(); top.operation = text; }
      else if (text === 'fragment') { declared = new Map(); top.fragment = true; }
    }

    function inSelection() {
      top.directive = text === '{' || kind === 'name' ? null : top.directive;
      if (kind === 'spread') Object.assign(top, { spread: true, on: false, inner: top.type });
      else if (text === '{') {
        stack.push({ in: 'selection', type: top.spread ? top.inner : schema.types.get(coreName(top.field?.type)), used: new Set() });
        top.spread = false;
      } else if (text === '(') stack.push({ in: 'arguments', inputs: top.field?.args, used: new Set() });
      else if (kind !== 'name' || next === ':') top.spread = false;
      else if (top.spread && !top.on && text === 'on') top.on = true;
      else if (top.spread && top.on && !top.named) { top.inner = schema.types.get(text); top.named = true; return; }
      else if (top.spread && !top.on && tokens[i - 1]?.kind === 'spread') top.spread = false;
      else { top.field = top.type?.fields.get(text); top.used.add(text); top.spread = false; }
      if (!top.spread || kind === 'spread') top.named = false;
    }

    function inVariables() {
      if (text === ')') pop();
      else if (kind === 'variable') { Object.assign(top, { name: text, mode: 'name', ref: null }); declared.set(text, null); }
      else if (text === ':') top.mode = 'type';
      else if (text === '=') top.mode = 'default';
      else if (kind === 'name' && top.mode === 'type') { top.type = text; declared.set(top.name, text); top.mode = 'done'; }
      else if (top.mode === 'default' && (text === '{' || text === '[')) open(text, top.type);
      else if (top.mode === 'default') top.mode = 'done';
    }

    function inValues() {
      if (text === ')' || text === ']') {
        while (text === ')' && ['object', 'list'].includes(stack.at(-1).in)) pop();
        pop();
      } else if (next === ':' && kind === 'name') { top.current = top.inputs?.get(text); top.used?.add(text); top.waiting = true; }
      else if (text === ':') top.waiting = true;
      else if (text === '{' || text === '[') { open(text, top.in === 'list' ? top.type : coreName(top.current?.type)); top.waiting = false; }
      else top.waiting = false;
    }

    function open(bracket, type) {
      stack.push(bracket === '[' ? { in: 'list', type }
        : { in: 'object', inputs: schema.types.get(type)?.inputFields, used: new Set() });
    }
  });
  return { ...stack.at(-1), declared };
}

// `query Name`, `fragment Name on` at the start of a line can only be a new definition, even when the one before lacks a brace.
function startsDefinition(tokens, i) {
  const [token, name, after] = [tokens[i], tokens[i + 1], tokens[i + 2]];
  if (!['query', 'mutation', 'subscription', 'fragment'].includes(token.text) || name?.kind !== 'name') return false;
  return token.text === 'fragment' ? after?.text === 'on' : after?.text === '{' || after?.text === '(';
}

function candidates(schema, place, prefix, tokens) {
  if (prefix.startsWith('@')) {
    return [...schema.directives.values()].map((one) => ({ label: `@${one.name}`, detail: 'directive', description: one.description }));
  }
  if (place.in === 'document') return inDocument(schema, place);
  if (place.in === 'selection') return prefix.startsWith('$') ? [] : inSelection(schema, place, tokens);
  if (place.in === 'variables') {
    if (place.mode === 'type') return types([...schema.types.values()].filter((type) => isInput(type) && !type.name.startsWith('__')));
    return place.mode === 'default' ? values(schema, place.type, new Map()) : [];
  }
  if (place.in === 'list') return values(schema, place.type, place.declared);
  if (place.waiting) return values(schema, coreName(place.current?.type), place.declared);
  if (prefix.startsWith('$')) return [];
  return [...(place.inputs?.values() ?? [])].filter((input) => !place.used.has(input.name)).map((input) => ({
    label: input.name, insert: `${input.name}: `, detail: refText(input.type), description: input.description,
  }));
}

function inDocument(schema, place) {
  if (place.on && !place.type) return types(overlapping(schema, null));
  if (place.operation || place.type) return [];
  if (place.fragment) return [{ label: 'on', insert: 'on ', detail: 'keyword' }];
  return [...Object.keys(schema.roots).filter((root) => schema.roots[root]), 'fragment']
    .map((label) => ({ label, insert: `${label} `, detail: 'keyword' }));
}

function inSelection(schema, place, tokens) {
  if (place.spread && place.on && !place.named) return types(overlapping(schema, place.type));
  if (place.spread && !place.on) {
    const named = tokens.flatMap((token, i) => (token.text === 'fragment' && tokens[i + 1]?.kind === 'name' && tokens[i + 2]?.text === 'on'
      ? [{ label: tokens[i + 1].text, detail: `on ${tokens[i + 3]?.text ?? '…'}`, description: 'A fragment of this document.' }] : []));
    return [{ label: 'on', insert: 'on ', detail: 'keyword', description: 'Fields of one type only.' }, ...named];
  }
  if (!isComposite(place.type)) return [];
  const fields = [...place.type.fields.values()].map((field) => ({
    label: field.name, detail: refText(field.type), deprecated: field.isDeprecated,
    description: field.isDeprecated ? `Deprecated: ${field.deprecationReason ?? 'do not use'}` : field.description,
  }));
  return [...fields, { label: '__typename', detail: 'String!', description: 'The name of the object’s type.' }];
}

const types = (list) => list.map((type) => ({
  label: type.name, detail: type.kind.toLowerCase().replace('_', ' '), description: type.description,
}));

function values(schema, name, declared) {
  const type = schema.types.get(name);
  const variables = [...declared].filter(([label, of]) => label.length > 1 && (!of || !name || of === name))
    .map(([label, of]) => ({ label, detail: of ?? 'variable', description: 'A variable of this operation.' }));
  const literals = name === 'Boolean' ? ['true', 'false'].map((label) => ({ label, detail: 'Boolean' })) : [];
  const names = [...(type?.enumValues.values() ?? [])].map((value) => ({
    label: value.name, detail: name, deprecated: value.isDeprecated, description: value.description,
  }));
  return [...names, ...literals, ...variables];
}
