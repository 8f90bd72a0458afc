// Sends one GraphQL request and tells what happened as a value. It never throws: a network failure and an abort
// are outcomes like any other, so no caller can forget them.

export const ENDPOINT = '/graphql';

export async function send({ query, variables, operationName, authorization, signal, cost = true }) {
  const headers = {
    'Content-Type': 'application/json',
    Accept: 'application/graphql-response+json, application/json;q=0.9',
  };
  if (authorization) headers.Authorization = withScheme(authorization);
  const body = { query };
  if (variables) body.variables = variables;
  if (operationName) body.operationName = operationName;
  if (cost) body.extensions = { cost: true };

  const started = performance.now();
  try {
    const response = await fetch(ENDPOINT, { method: 'POST', headers, body: JSON.stringify(body), signal });
    const text = await response.text();
    return { kind: 'answer', status: response.status, ms: performance.now() - started, text, json: parsed(text) };
  } catch (error) {
    if (error.name === 'AbortError') return { kind: 'stopped', message: 'Stopped before the answer arrived.' };
    return { kind: 'failed', message: failure(error) };
  }
}

// Tokens are shown alone, so a value without a scheme gets the one that its beginning tells.
function withScheme(value) {
  const trimmed = value.trim();
  if (/\s/.test(trimmed)) return trimmed;
  return `${trimmed.startsWith('wsv_') ? 'Preview' : 'Bearer'} ${trimmed}`;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function failure(error) {
  if (/header|ISO-8859-1|ByteString|invalid value/i.test(error.message)) {
    return 'The authorization holds characters that an HTTP header cannot carry.';
  }
  return `No answer from ${ENDPOINT}. Is the server running, and is the network up? (${error.message})`;
}
