// Puts the page together: the two editors, the answer, the docs, and what is remembered between visits. Nothing runs
// by itself, not even a query that came with a link, since it could be a mutation that somebody else wrote.

import { createAnswer } from './answer.js';
import { complete } from './complete.js';
import { createDocs } from './docs.js';
import { byId, h } from './dom.js';
import { createEditor } from './editor.js';
import { examples } from './examples.js';
import { format } from './format.js';
import { readVariables } from './json.js';
import { indentJson, operations, paintGraphql, paintJson } from './lex.js';
import { ENDPOINT, send } from './request.js';
import { loadSchema } from './schema.js';
import * as state from './state.js';

const [run, operation, operationBox, authorization, variablesError, toast] =
  ['run', 'operation', 'operation-box', 'authorization', 'variables-error', 'toast'].map(byId);

let schema = null;
let running = null;
let timer = 0;
let toastTimer = 0;

const query = createEditor(byId('query'), {
  tokens: paintGraphql,
  offer: (source, offset) => complete(schema, source, offset),
  changed: edited,
});
const variables = createEditor(byId('variables'), { tokens: paintJson, changed: edited });
const answer = createAnswer({ goTo: query.goTo, announce: (text) => { byId('announce').textContent = text; } });
const docs = createDocs({ retry: readSchema, changed: (open) => state.saveDocs(open ? 'open' : 'closed') });

const work = () => ({ query: query.text(), variables: variables.text(), operationName: operation.value });

function edited() {
  state.forgetLink();
  clearTimeout(timer);
  timer = setTimeout(settle, 300);
}

/** What follows an edit, once the typing pauses. */
function settle() {
  listOperations();
  checkVariables();
  state.saveWork(work());
}

function show({ query: text, variables: values, operationName = '' }, undoable) {
  if (undoable) {
    variables.replace(values);
    query.replace(text);
  } else {
    variables.load(values);
    query.load(text);
  }
  listOperations(operationName);
  checkVariables();
}

function listOperations(wanted = operation.value) {
  const found = operations(query.text());
  operationBox.hidden = found.length < 2;
  operation.replaceChildren(...found.map(({ kind, name }) => h('option', { value: name }, name ? `${kind} ${name}` : `${kind} (no name)`)));
  operation.value = found.some(({ name }) => name === wanted) ? wanted : found[0]?.name ?? '';
}

/** The variables as an object, or `null` with the reason shown under their editor. */
function checkVariables() {
  const { values = null, problem = '' } = readVariables(variables.text());
  if (variablesError.textContent !== problem) variablesError.textContent = problem;
  if (problem) byId('variables').setAttribute('aria-invalid', 'true');
  else byId('variables').removeAttribute('aria-invalid');
  return values;
}

async function execute() {
  if (running) {
    running.abort();
    return;
  }
  settle();
  const values = checkVariables();
  if (!values) {
    byId('variables').focus();
    return;
  }
  if (!query.text().trim()) {
    say('There is no query to run yet.');
    byId('query').focus();
    return;
  }
  running = new AbortController();
  run.textContent = 'Stop';
  run.classList.add('running');
  answer.waiting();
  const outcome = await send({
    query: query.text(), variables: values, operationName: operation.value,
    authorization: authorization.value, signal: running.signal,
  });
  running = null;
  run.textContent = 'Run';
  run.classList.remove('running');
  answer.show(outcome);
}

async function readSchema() {
  try {
    schema = await loadSchema(authorization.value);
    docs.load(schema);
  } catch (error) {
    schema = null;
    docs.fail(error.message);
  }
}

function say(text) {
  toast.textContent = text;
  toast.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    toast.classList.remove('shown');
    toast.textContent = '';
  }, 5000);
}

async function copyLink() {
  listOperations();
  const link = state.linkTo(work());
  try {
    await navigator.clipboard.writeText(link);
    say('Link copied. It carries the query and variables, not the authorization.');
  } catch {
    // Without a secure page there is no clipboard, but the address bar is always at hand.
    history.replaceState(null, '', link);
    say('The link is now in the address bar. It carries the query and variables, not the authorization.');
  }
}

function followFragment() {
  const linked = state.linkedWork();
  if (linked) show(linked, false);
  const type = state.linkedType();
  if (type) docs.open(type);
  return Boolean(linked);
}

byId('endpoint').textContent = `POST ${ENDPOINT}`;
byId('examples').append(...examples.map((example) =>
  h('button', { type: 'button', class: 'chip', click: () => show(example, true) }, example.title)));

run.addEventListener('click', execute);
operation.addEventListener('change', settle);
byId('copy-link').addEventListener('click', copyLink);
byId('format').addEventListener('click', () => {
  const { text, problem } = format(query.text());
  if (problem) say(problem);
  else query.replace(text);
  if (variables.text().trim() && checkVariables()) variables.replace(`${indentJson(variables.text())}\n`);
});
byId('welcome-docs').addEventListener('click', (event) => {
  event.preventDefault();
  docs.open(schema?.roots.query?.name ?? 'Query');
});

authorization.value = state.savedAuthorization();
authorization.addEventListener('input', () => state.saveAuthorization(authorization.value));
// Some servers show their schema to known callers only.
authorization.addEventListener('change', () => { if (!schema) readSchema(); });
byId('authorization-show').addEventListener('click', (event) => {
  const shown = authorization.type === 'password';
  authorization.type = shown ? 'text' : 'password';
  event.currentTarget.setAttribute('aria-pressed', String(shown));
});

addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (!running) execute();
});
addEventListener('hashchange', followFragment);
addEventListener('pagehide', () => state.saveWork(work()));

if (!followFragment()) show(state.savedWork() ?? examples[0], false);
const wantsDocs = state.savedDocs();
if (!docs.isNarrow() && (wantsDocs === 'open' || (!wantsDocs && innerWidth >= 1440))) docs.setOpen(true, { focus: false, remember: false });
readSchema();
