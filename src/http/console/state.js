// What the page remembers: the last query in this browser, the authorization in this tab, and links that carry a query.

const LAST = 'wellspring.console.last';
const DOCS = 'wellspring.console.docs';
const AUTHORIZATION = 'wellspring.console.authorization';

// Storage can be switched off in a browser; the console then simply forgets.
function read(storage, key) {
  try {
    return window[storage].getItem(key);
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    if (value) window[storage].setItem(key, value);
    else window[storage].removeItem(key);
  } catch {
    // A full or forbidden storage costs the memory of this value and nothing else.
  }
}

export const savedAuthorization = () => read('sessionStorage', AUTHORIZATION) ?? '';
export const saveAuthorization = (value) => write('sessionStorage', AUTHORIZATION, value);

export const savedDocs = () => read('localStorage', DOCS);
export const saveDocs = (state) => write('localStorage', DOCS, state);

export function savedWork() {
  try {
    const work = JSON.parse(read('localStorage', LAST));
    return typeof work?.query === 'string' ? clean(work) : null;
  } catch {
    return null;
  }
}

export const saveWork = (work) => write('localStorage', LAST, JSON.stringify(clean(work)));

const clean = ({ query, variables, operationName }) => ({
  query: String(query), variables: String(variables ?? ''), operationName: String(operationName ?? ''),
});

/** The query in this page's fragment, or `null`. A fragment stays in the browser; the server never sees it. */
export function linkedWork() {
  const values = new URLSearchParams(location.hash.slice(1));
  // The skip link leaves a bare `#query` behind, which is not a query.
  return values.get('query') ? clean(Object.fromEntries(values)) : null;
}

/** The type that the fragment asks the docs to open, or `null`. */
export const linkedType = () => new URLSearchParams(location.hash.slice(1)).get('type');

export function linkTo({ query, variables, operationName }) {
  const values = new URLSearchParams({ query });
  if (variables.trim()) values.set('variables', variables);
  if (operationName) values.set('operationName', operationName);
  return `${location.origin}${location.pathname}#${values}`;
}

/** Takes the query out of the address once the text differs from it, so that a reload does not bring the old text back. */
export function forgetLink() {
  if (linkedWork()) history.replaceState(null, '', location.pathname + location.search);
}
