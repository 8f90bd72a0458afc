// Reads the variables. Browsers word their JSON errors differently and some give no place, so the first mistake is
// looked for here and told in one way.

import { lineColumn, tokensOfJson } from './lex.js';

/** `{ values }`, an object, or `{ problem }`, a sentence for people. An empty text is an empty object. */
export function readVariables(source) {
  if (!source.trim()) return { values: {} };
  try {
    const values = JSON.parse(source);
    const isObject = values !== null && typeof values === 'object' && !Array.isArray(values);
    return isObject ? { values } : { problem: 'Variables are a JSON object, such as {"slug": "hello"}.' };
  } catch {
    const { offset, expected } = firstMistake(source);
    const { line, column } = lineColumn(source, offset);
    const found = source.slice(offset).match(/^(?:\w+|\S)/)?.[0];
    return { problem: `Not valid JSON in line ${line}, column ${column}: expected ${expected}, found ${found ? `“${found}”` : 'the end'}.` };
  }
}

class Mistake extends Error {
  constructor(offset, expected) {
    super(expected);
    Object.assign(this, { offset, expected });
  }
}

function firstMistake(source) {
  const tokens = tokensOfJson(source);
  let at = 0;
  const is = (text) => tokens[at]?.kind === 'punct' && tokens[at].text === text;
  const fail = (expected) => { throw new Mistake(tokens[at]?.start ?? source.trimEnd().length, expected); };
  const take = (text, expected) => { if (!is(text)) fail(expected); at += 1; };
  const string = () => {
    if (tokens[at]?.kind !== 'string') fail('a name in double quotes');
    if (!parses(tokens[at].text)) fail('a complete string');
    at += 1;
  };
  const many = (closing, item) => {
    at += 1;
    if (is(closing)) { at += 1; return; }
    for (;;) {
      item();
      if (is(closing)) { at += 1; return; }
      take(',', `a comma or “${closing}”`);
    }
  };
  const value = () => {
    if (is('{')) many('}', () => { string(); take(':', 'a colon'); value(); });
    else if (is('[')) many(']', value);
    else if (['string', 'number', 'literal'].includes(tokens[at]?.kind) && parses(tokens[at].text)) at += 1;
    else fail('a value');
  };
  try {
    value();
    if (at < tokens.length) fail('nothing more');
  } catch (error) {
    if (error instanceof Mistake) return error;
    throw error;
  }
  return { offset: 0, expected: 'JSON' };
}

function parses(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
