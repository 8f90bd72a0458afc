// Cuts GraphQL and JSON into tokens. Both lexers take anything, because the text is usually half written: what
// fits nowhere becomes an `error` token and the rest goes on.

const GRAPHQL = new RegExp([
  '(?<comment>#[^\\n\\r]*)',
  '(?<block>"""(?:\\\\"""|[^])*?(?:"""|$))',
  '(?<string>"(?:\\\\.|[^"\\\\\\n\\r])*"?)',
  '(?<spread>\\.\\.\\.)',
  '(?<variable>\\$\\w*)',
  '(?<directive>@\\w*)',
  '(?<name>[_A-Za-z]\\w*)',
  '(?<number>-?\\d[\\w.+-]*)',
  '(?<punct>[!():=\\[\\]{}|&])',
  '(?<skip>[\\s,\\uFEFF]+)',
  '(?<error>[^])',
].join('|'), 'gy');

const JSON_TEXT = /(?<string>"(?:\\.|[^"\\\n\r])*"?)|(?<number>-?\d[\w.+-]*)|(?<literal>true|false|null)|(?<punct>[{}[\],:])|(?<skip>\s+)|(?<error>[^])/gy;

function cut(pattern, source) {
  const tokens = [];
  for (const match of source.matchAll(pattern)) {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    if (kind === 'skip') continue;
    tokens.push({ kind, text: match[0], start: match.index, end: match.index + match[0].length });
  }
  return tokens;
}

export const lex = (source) => cut(GRAPHQL, source);
export const tokensOfJson = (source) => cut(JSON_TEXT, source);

const KEYWORDS = new Set(['query', 'mutation', 'subscription', 'fragment', 'on']);
const LITERALS = new Set(['true', 'false', 'null']);

/** Tokens with a `paint` class. It needs no schema, so colours are there before introspection answers. */
export function paintGraphql(source) {
  const tokens = lex(source);
  const open = [];
  tokens.forEach((token, i) => {
    const previous = tokens[i - 1]?.text;
    const next = tokens[i + 1]?.text;
    if (token.kind === 'punct') {
      if ('({['.includes(token.text)) open.push(token.text);
      if (')}]'.includes(token.text)) open.pop();
    }
    token.paint = token.kind === 'name' ? nameColour(token.text, previous, next, open)
      : { block: 'string', spread: 'punct' }[token.kind] ?? token.kind;
  });
  return tokens;
}

function nameColour(text, previous, next, open) {
  if (previous === 'on') return 'type';
  if (text === 'on' && (previous === '...' || open.length === 0)) return 'keyword';
  if (open.length === 0) return KEYWORDS.has(text) ? 'keyword' : 'title';
  if (!open.includes('(')) return next === ':' ? 'alias' : previous === '...' ? 'title' : 'field';
  if (next === ':') return 'argument';
  if (LITERALS.has(text)) return 'number';
  return /^[A-Z][A-Z0-9_]*$/.test(text) && !/^(ID)$/.test(text) ? 'enum' : 'type';
}

export function paintJson(source) {
  const tokens = tokensOfJson(source);
  tokens.forEach((token, i) => {
    token.paint = token.kind === 'string' && tokens[i + 1]?.text === ':' ? 'key'
      : token.kind === 'literal' ? 'number' : token.kind;
  });
  return tokens;
}

/** Indents JSON by its tokens and not through `JSON.parse`, so that large numbers and key order stay as they were sent. */
export function indentJson(source) {
  let out = '';
  let depth = 0;
  const tokens = tokensOfJson(source);
  tokens.forEach(({ text, kind }, i) => {
    const previous = tokens[i - 1];
    const opens = kind === 'punct' && (text === '{' || text === '[');
    const closes = kind === 'punct' && (text === '}' || text === ']');
    const afterOpen = previous?.kind === 'punct' && (previous.text === '{' || previous.text === '[');
    if (closes) depth = Math.max(0, depth - 1);
    const breaks = afterOpen !== closes && (afterOpen || closes) || (previous?.kind === 'punct' && previous.text === ',');
    if (breaks) out += `\n${'  '.repeat(depth)}`;
    out += text === ':' && kind === 'punct' ? ': ' : text;
    if (opens) depth += 1;
  });
  return out;
}

/** The operations of a document, in order: `{ kind, name }`, the name empty for an anonymous one. */
export function operations(source) {
  const found = [];
  let depth = 0;
  let fresh = true;
  const tokens = lex(source).filter((token) => token.kind !== 'comment');
  tokens.forEach((token, i) => {
    if (depth === 0 && fresh && (token.text === '{' || token.kind === 'name')) {
      const named = tokens[i + 1]?.kind === 'name';
      if (token.text === '{') found.push({ kind: 'query', name: '' });
      else if (['query', 'mutation', 'subscription'].includes(token.text)) {
        found.push({ kind: token.text, name: named ? tokens[i + 1].text : '' });
      }
      fresh = false;
    }
    if (token.kind !== 'punct') return;
    if ('({['.includes(token.text)) depth += 1;
    if (')}]'.includes(token.text)) {
      depth = Math.max(0, depth - 1);
      if (depth === 0 && token.text === '}') fresh = true;
    }
  });
  return found;
}

/** `{ line, column }`, both from 1, as GraphQL errors count them. */
export function lineColumn(source, offset) {
  const lines = source.slice(0, offset).split('\n');
  return { line: lines.length, column: lines.at(-1).length + 1 };
}
