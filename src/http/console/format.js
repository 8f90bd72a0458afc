// Lays a GraphQL document out anew. Works on brackets and tokens, keeps comments and single blank lines, and
// refuses a document whose brackets do not match rather than guess.

import { lex, lineColumn } from './lex.js';

const CLOSING = { '{': '}', '(': ')', '[': ']' };
const WIDTH = 80;

/** `{ text }`, or `{ problem }` when the document cannot be laid out. */
export function format(source) {
  try {
    const tokens = lex(source);
    return { text: `${selection(group(source, tokens), '', true).trim()}\n` };
  } catch (error) {
    if (error instanceof Unbalanced) return { problem: error.message };
    throw error;
  }
}

class Unbalanced extends Error {}

/** Turns the flat tokens into a tree: a bracket becomes `{ open, items }`. Notes where a line or a blank line came before. */
function group(source, tokens) {
  const root = { open: null, items: [] };
  const stack = [root];
  let at = 0;
  for (const token of tokens) {
    const gap = source.slice(at, token.start);
    const place = { ownLine: gap.includes('\n') || at === 0, blank: /\n[ \t,]*\r?\n/.test(gap) };
    at = token.end;
    const top = stack.at(-1);
    if (token.kind === 'error') throw problem(source, token);
    if (token.kind === 'punct' && CLOSING[token.text]) {
      const node = { open: token.text, items: [], token, ...place };
      top.items.push(node);
      stack.push(node);
    } else if (token.kind === 'punct' && Object.values(CLOSING).includes(token.text)) {
      if (CLOSING[top.open] !== token.text) throw problem(source, token);
      stack.pop();
    } else {
      top.items.push({ ...token, ...place });
    }
  }
  if (stack.length > 1) throw problem(source, stack.at(-1).token);
  return root.items;
}

function problem(source, token) {
  const { line, column } = lineColumn(source, token.start);
  return new Unbalanced(`Cannot format: look at “${token.text}” in line ${line}, column ${column}.`);
}

/** A selection set or the document itself, one entry to a line. */
function selection(items, indent, top) {
  let out = '';
  items.forEach((item, i) => {
    const previous = items[i - 1];
    const starts = startsEntry(items, i, top);
    const line = () => `\n${item.blank && previous && !(top && previous.open === '{') ? '\n' : ''}${indent}`;
    if (item.kind === 'comment') {
      out += item.ownLine ? `${top && previous?.open === '{' ? '\n' : ''}${line()}${item.text}` : ` ${item.text}`;
    } else if (item.open === '{') {
      const inner = item.items.length ? `${selection(item.items, `${indent}  `, false)}\n${indent}` : '';
      out += `${starts ? (previous?.open === '{' ? '\n' : '') + line() : ' '}{${inner}}`;
    } else if (item.open === '(') {
      out += parenthesis(item.items, indent, out.length - out.lastIndexOf('\n'));
    } else if (starts) {
      out += `${top && previous?.open === '{' ? '\n' : ''}${line()}${item.text}`;
    } else {
      const tight = item.text === ':' || (previous?.text === '...' && item.text !== 'on');
      out += tight ? item.text : ` ${item.open ? inline([item]) : item.text}`;
    }
  });
  return out;
}

function startsEntry(items, i, top) {
  const before = items.slice(0, i).findLast((item) => item.kind !== 'comment');
  if (!before) return true;
  if (items[i - 1].kind === 'comment') return true;
  if (top) return before.open === '{';
  if (items[i].kind === 'spread') return true;
  if (items[i].kind !== 'name') return false;
  return before.text !== ':' && before.text !== '...' && !(before.text === 'on' && isSpread(items, items.indexOf(before) - 1));
}

const isSpread = (items, i) => items[i]?.kind === 'spread';

/** Arguments or variable definitions: in one line when they fit, otherwise one to a line. */
function parenthesis(items, indent, column) {
  const short = inline(items);
  const hasComment = (list) => list.some((item) => item.kind === 'comment' || (item.items && hasComment(item.items)));
  if (!hasComment(items) && column + short.length + 2 <= WIDTH && !short.includes('\n')) return `(${short})`;
  return `(${broken(items, `${indent}  `)}\n${indent})`;
}

function broken(items, indent) {
  return entries(items).map((entry) => {
    if (entry[0].kind === 'comment') return `\n${indent}${entry[0].text}`;
    const last = entry.at(-1);
    const long = indent.length + inline(entry).length > WIDTH || last.items?.some((item) => item.kind === 'comment');
    if (long && last.items?.length) {
      const body = last.open === '[' ? `${last.items.map((item) => `\n${indent}  ${inline([item])}`).join('')}`
        : broken(last.items, `${indent}  `);
      const head = inline(entry.slice(0, -1));
      return `\n${indent}${head}${head ? ' ' : ''}${last.open}${body}\n${indent}${CLOSING[last.open]}`;
    }
    return `\n${indent}${inline(entry)}`;
  }).join('');
}

/** Splits arguments, input fields or variable definitions into single ones. */
function entries(items) {
  const list = [];
  items.forEach((item, i) => {
    const starts = item.kind === 'comment' || items[i + 1]?.text === ':' || items[i - 1]?.kind === 'comment';
    if (starts || !list.length) list.push([]);
    list.at(-1).push(item);
  });
  return list;
}

function inline(items, inList = false) {
  let out = '';
  items.forEach((item, i) => {
    const previous = items[i - 1];
    const text = item.open ? `${item.open}${inline(item.items, item.open === '[')}${CLOSING[item.open]}` : item.text;
    const tight = !previous || item.text === '!' || item.text === ':' || (item.open === '(' && previous.kind === 'directive');
    const next = inList || items[i + 1]?.text === ':';
    out += `${tight ? '' : next ? ', ' : ' '}${text}`;
  });
  return out;
}
